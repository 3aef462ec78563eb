import { testDeathsInDeployments } from "../support/deaths.ts";
import { deployScenarios, isOfCluster } from "../support/fail-point-scenarios.ts";

testDeathsInDeployments(deployScenarios.filter(isOfCluster));
