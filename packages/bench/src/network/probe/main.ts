import { answerQuestions } from "../answers.ts";
import { machineMs } from "../clock.ts";
import { createBlockingSockets, toSocketAddress } from "./blocking-sockets.ts";
import { ProbeQuestion, type Reached, Serving } from "./messages.ts";
import { connectingTrips, echoForEver, steadyTrips } from "./round-trips.ts";

const sockets = createBlockingSockets();

function answer(text: unknown): unknown {
  const question = ProbeQuestion.parse(text);
  if (question.kind === "hello") return true;
  if (question.kind === "serve") return { listener: sockets.listen(question.port) };
  if (question.kind === "reach") return reach(question);
  const measure = question.way === "steady" ? steadyTrips : connectingTrips;
  try {
    return measure(sockets, question);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${question.address}:${question.port}: ${reason}`);
  }
}

/** Between two attempts: without it a core would be taken from those who have to bring the answer about. */
const pauseMs = 1;
const never = new Int32Array(new SharedArrayBuffer(4));

/** What is asked for is the first moment, but for that pause. */
function reach(question: Extract<ProbeQuestion, { kind: "reach" }>): Reached {
  const to = toSocketAddress(question.address, question.port);
  const beganMs = machineMs();
  for (;;) {
    try {
      sockets.close(sockets.connect(to));
      return { beganMs, atMs: machineMs() };
    } catch (error) {
      if (machineMs() - beganMs > question.withinMs) throw error;
      Atomics.wait(never, 0, 0, pauseMs);
    }
  }
}

answerQuestions(answer, (value) => {
  const serving = Serving.safeParse(value);
  if (serving.success) echoForEver(sockets, serving.data.listener);
});
