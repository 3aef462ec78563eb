import { testDeathsInDeployments } from "../support/deaths.ts";
import { deployScenarios, isOfRoot } from "../support/fail-point-scenarios.ts";

testDeathsInDeployments(deployScenarios.filter(isOfRoot));
