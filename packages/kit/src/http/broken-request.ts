import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { type AppError, commonErrors } from "../errors.ts";
import { errorBody } from "./error-body.ts";
import { hasLongBody } from "./long-body.ts";

/** Node's name for the fault to what the client is told. */
const faults: Readonly<Record<string, () => AppError>> = {
  HPE_HEADER_OVERFLOW: () =>
    commonErrors.bad_request({ status: 431, detail: "The headers are too large" }),
  ERR_HTTP_REQUEST_TIMEOUT: () =>
    commonErrors.bad_request({ status: 408, detail: "The request did not arrive in time" }),
};

/** Answers what is no HTTP at all; there is no request object yet, only a socket. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  // Node only tells; the connection goes on unless it is ended here.
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT" && hasLongBody(socket)) return;
  if (socket.writable) {
    const broken = faults[error.code ?? ""] ?? (() => commonErrors.bad_request("This is not HTTP"));
    const body = errorBody(broken(), { id: randomUUID(), path: "/" });
    const text = JSON.stringify(body);
    socket.write(
      `HTTP/1.1 ${body.code} ${body.status}\r\ncontent-type: application/json\r\n` +
        `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
    );
  }
  socket.destroySoon();
}
