import { answerQuestions } from "../answers.ts";
import { createWorkerHost } from "./host.ts";
import { WorkerQuestion } from "./messages.ts";

const host = createWorkerHost();
answerQuestions((question) => host.answer(WorkerQuestion.parse(question)));
