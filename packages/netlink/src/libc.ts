import koffi from "koffi";
import { KernelError } from "./kernel-error.ts";

/** The functions of the C library that Node has no words for. All answer -1 on failure, with the reason in `errno()`. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, name: number, into: Uint8Array, length: Uint8Array): number;
  send(fd: number, data: Uint8Array, length: number, flags: number): number;
  recv(fd: number, into: Uint8Array, length: number, flags: number): number;
  poll(fds: Uint8Array, count: number, timeoutMs: number): number;
  /** On a thread of the pool. `fds` must stay untouched until it is done. */
  pollAsync(fds: Uint8Array, count: number, timeoutMs: number): Promise<number>;
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  setns(fd: number, kind: number): number;
  eventfd(value: number, flags: number): number;
  memfdCreate(name: string, flags: number): number;
  read(fd: number, into: Uint8Array, length: number): number;
  write(fd: number, data: Uint8Array, length: number): number;
  close(fd: number): number;
  errno(): number;
}

let bound: Libc | undefined;

/** Bound when first asked for: importing this package loads nothing. */
export const libc = (): Libc => {
  bound ??= bind();
  return bound;
};

const bind = (): Libc => {
  // The symbols of the process itself: Node is linked to the C library, whatever its file is called.
  const library = koffi.load(null);
  const poll = library.func("int poll(void *fds, unsigned long count, int timeout)");
  return {
    socket: library.func("int socket(int domain, int type, int protocol)"),
    bind: library.func("int bind(int fd, void *address, uint32_t length)"),
    setsockopt: library.func(
      "int setsockopt(int fd, int level, int name, void *value, uint32_t length)",
    ),
    getsockopt: library.func(
      "int getsockopt(int fd, int level, int name, void *into, void *length)",
    ),
    send: library.func("long send(int fd, void *data, size_t length, int flags)"),
    recv: library.func("long recv(int fd, void *into, size_t length, int flags)"),
    poll,
    pollAsync: (fds, count, timeoutMs) =>
      new Promise((resolve, reject) => {
        poll.async(fds, count, timeoutMs, (error: unknown, result: number) =>
          error ? reject(error) : resolve(result),
        );
      }),
    ioctl: library.func("int ioctl(int fd, unsigned long request, void *argument)"),
    setns: library.func("int setns(int fd, int kind)"),
    eventfd: library.func("int eventfd(unsigned int value, int flags)"),
    memfdCreate: library.func("int memfd_create(const char *name, unsigned int flags)"),
    read: library.func("long read(int fd, void *into, size_t length)"),
    write: library.func("long write(int fd, void *data, size_t length)"),
    close: library.func("int close(int fd)"),
    errno: () => koffi.errno(),
  };
};

/** @throws {KernelError} when `result` says that the call failed */
export const succeeded = (operation: string, result: number): number => {
  if (result < 0) throw new KernelError(operation, libc().errno());
  return result;
};
