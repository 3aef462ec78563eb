import { dockerStage, testDeathsInDeployments } from "../support/deaths.ts";
import { deployScenarios, isOfDocker } from "../support/fail-point-scenarios.ts";

testDeathsInDeployments(deployScenarios.filter(isOfDocker), dockerStage());
