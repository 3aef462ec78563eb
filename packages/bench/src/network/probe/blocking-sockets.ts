import { getSystemErrorName } from "node:util";
import koffi from "koffi";

/**
 * TCP over IPv4 by plain blocking calls. Node's own sockets take an epoll and a turn of the event loop for each byte, which is more
 * than the whole way through the kernel that is to be measured.
 */
export interface BlockingSockets {
  listen(port: number): number;
  accept(listener: number): number;
  /** A connected socket that sends at once. */
  connect(to: Uint8Array): number;
  /** Sends one byte. @returns false when the other side has gone */
  sendByte(socket: number): boolean;
  /** Waits for one byte. @returns false when the other side has closed */
  receiveByte(socket: number): boolean;
  close(socket: number): void;
}

const afInet = 2;
const sockStream = 1;
const solSocket = 1;
const soReuseAddr = 2;
const soReceiveTimeout = 20;
const soSendTimeout = 21;
const ipProtoTcp = 6;
const tcpNoDelay = 1;
const msgNoSignal = 0x4000;
const backlog = 64;
/** Long against any delay here; a path that is broken must not hold the bench. */
const patienceS = 5n;

const one = Uint8Array.of(1, 0, 0, 0);

/** The bytes of a `sockaddr_in`. @param address dotted */
export function toSocketAddress(address: string, port: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, afInet, true);
  view.setUint16(2, port);
  bytes.set(address.split(".").map(Number), 4);
  return bytes;
}

export function createBlockingSockets(): BlockingSockets {
  const c = bindCalls();
  const byte = new Uint8Array(1);
  const timeval = new BigInt64Array([patienceS, 0n]);

  const check = (operation: string, result: number): number => {
    if (result < 0) throw new Error(`${operation}: ${getSystemErrorName(-koffi.errno())}`);
    return result;
  };
  const open = (): number => check("socket", c.socket(afInet, sockStream, 0));
  const sendAtOnce = (socket: number): void => {
    check("TCP_NODELAY", c.setsockopt(socket, ipProtoTcp, tcpNoDelay, one, one.length));
  };

  return {
    listen: (port) => {
      const socket = open();
      check("SO_REUSEADDR", c.setsockopt(socket, solSocket, soReuseAddr, one, one.length));
      check("bind", c.bind(socket, toSocketAddress("0.0.0.0", port), 16));
      check("listen", c.listen(socket, backlog));
      return socket;
    },
    accept: (listener) => {
      const socket = check("accept", c.accept(listener, null, null));
      sendAtOnce(socket);
      return socket;
    },
    connect: (to) => {
      const socket = open();
      c.setsockopt(socket, solSocket, soReceiveTimeout, timeval, 16);
      c.setsockopt(socket, solSocket, soSendTimeout, timeval, 16);
      sendAtOnce(socket);
      if (c.connect(socket, to, to.length) < 0) {
        const reason = getSystemErrorName(-koffi.errno());
        c.close(socket);
        throw new Error(`connect: ${reason}`);
      }
      return socket;
    },
    sendByte: (socket) => c.send(socket, byte, 1, msgNoSignal) === 1,
    receiveByte: (socket) => c.recv(socket, byte, 1, 0) === 1,
    close: (socket) => {
      c.close(socket);
    },
  };
}

type Bytes = Uint8Array | BigInt64Array;

interface Calls {
  socket(domain: number, type: number, protocol: number): number;
  bind(socket: number, address: Bytes, length: number): number;
  listen(socket: number, backlog: number): number;
  accept(socket: number, address: null, length: null): number;
  connect(socket: number, address: Bytes, length: number): number;
  setsockopt(socket: number, level: number, name: number, value: Bytes, length: number): number;
  send(socket: number, data: Bytes, length: number, flags: number): number;
  recv(socket: number, into: Bytes, length: number, flags: number): number;
  close(socket: number): number;
}

function bindCalls(): Calls {
  // The symbols of the process itself: Node is linked to the C library, whatever its file is called.
  const library = koffi.load(null);
  return {
    socket: library.func("int socket(int domain, int type, int protocol)"),
    bind: library.func("int bind(int socket, void *address, uint32_t length)"),
    listen: library.func("int listen(int socket, int backlog)"),
    accept: library.func("int accept(int socket, void *address, void *length)"),
    connect: library.func("int connect(int socket, void *address, uint32_t length)"),
    setsockopt: library.func(
      "int setsockopt(int socket, int level, int name, void *value, uint32_t length)",
    ),
    send: library.func("long send(int socket, void *data, size_t length, int flags)"),
    recv: library.func("long recv(int socket, void *into, size_t length, int flags)"),
    close: library.func("int close(int socket)"),
  };
}
