import { dockerStage, testDeathsInDeletions } from "../support/deaths.ts";
import { deleteScenarios, isOfDocker } from "../support/fail-point-scenarios.ts";

testDeathsInDeletions(deleteScenarios.filter(isOfDocker), dockerStage());
