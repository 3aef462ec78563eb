import { createServer, type Server, type Socket } from "node:net";
import { BSON, Long } from "mongodb";

const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;
const headerBytes = 16;

/** Just enough of a MongoDB server for a driver to connect and to ping: no data, any number of restarts. */
export function createStubMongo(path: string) {
  let server: Server | undefined;
  const sockets = new Set<Socket>();
  const commands: string[] = [];
  let failing = false;
  let hanging = false;

  const onConnection = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let pending = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
        const length = pending.readInt32LE(0);
        const reply = answer(pending.subarray(0, length));
        if (!hanging || commands.at(-1) !== "ping") socket.write(reply);
        pending = pending.subarray(length);
      }
    });
  };

  const answer = (message: Buffer): Buffer => {
    const isQuery = message.readInt32LE(12) === opQuery;
    // OP_QUERY: flags, name, skip, count; OP_MSG: flags, kind.
    const start = isQuery ? message.indexOf(0, headerBytes + 4) + 9 : headerBytes + 5;
    const command = BSON.deserialize(message.subarray(start));
    const name = Object.keys(command)[0] ?? "";
    commands.push(name);
    const isHello = name.toLowerCase().includes("hello") || name === "ismaster";
    const body = isHello ? hello : failing ? { ok: 0, code: 91, errmsg: "stopping" } : { ok: 1 };
    return isQuery ? reply(message, body) : msg(message, body);
  };

  return {
    commands,
    /** From now on every command is refused as during a shutdown. */
    fail: (isFailing: boolean) => {
      failing = isFailing;
    },
    /** From now on pings are taken and not answered. */
    hang: (isHanging: boolean) => {
      hanging = isHanging;
    },
    start: async () => {
      const started = createServer(onConnection);
      server = started;
      await new Promise<void>((resolve) => started.listen(path, resolve));
    },
    stop: async () => {
      const stopping = server;
      server = undefined;
      // The connection that looks after the server was the first; it is the last to end.
      for (const socket of [...sockets].reverse()) socket.destroy();
      if (stopping !== undefined) await new Promise((resolve) => stopping.close(resolve));
    },
  };
}

const hello = {
  ok: 1,
  ismaster: true,
  isWritablePrimary: true,
  helloOk: true,
  minWireVersion: 0,
  maxWireVersion: 21,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
};

function message(request: Buffer, opcode: number, parts: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(headerBytes);
  const body = Buffer.concat(parts);
  header.writeInt32LE(headerBytes + body.length, 0);
  header.writeInt32LE(request.readInt32LE(4), 8);
  header.writeInt32LE(opcode, 12);
  return Buffer.concat([header, body]);
}

function msg(request: Buffer, body: object): Buffer {
  return message(request, opMsg, [Buffer.alloc(5), Buffer.from(BSON.serialize(body))]);
}

function reply(request: Buffer, body: object): Buffer {
  const fields = Buffer.alloc(20);
  fields.writeBigInt64LE(Long.ZERO.toBigInt(), 4);
  fields.writeInt32LE(1, 16);
  return message(request, opReply, [fields, Buffer.from(BSON.serialize(body))]);
}
