import { testDeathsInDeployments } from "../support/deaths.ts";
import { deployScenarios, isOfEdge } from "../support/fail-point-scenarios.ts";

testDeathsInDeployments(deployScenarios.filter(isOfEdge));
