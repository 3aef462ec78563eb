import type { Socket } from "node:net";
import { CutError } from "../domain/cut-reason.ts";
import type { FrameGuard } from "../domain/frame-guard.ts";

/**
 * Puts a guard before the parser. aedes takes bytes from a connection by `read()` alone; a stream in
 * between would do the same at the price of a copy and of buffers that hide a slow reader.
 */
export function guardReads(socket: Socket, guard: FrameGuard): void {
  const read = socket.read.bind(socket);
  socket.read = (size?: number): unknown => {
    const chunk: unknown = read(size);
    if (!(chunk instanceof Uint8Array)) return chunk;
    const verdict = guard.accept(chunk);
    if (verdict === "ok") return chunk;
    socket.destroy(new CutError(verdict));
    return null;
  };
}
