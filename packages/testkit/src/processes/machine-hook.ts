import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { Server } from "node:net";

/*
 * Loaded before a node-engine (`node --import`): what it asks the kernel about is answered as another machine's
 * would. The copied disk has the machine id; the boot, and the names of sockets without a file, are the kernel's
 * own. See `asAnotherMachine`.
 */

const { MACHINE_BOOT_ID: bootId = "" } = process.env;

const readFile = fs.readFile;
const readAsOther = (file: unknown, ...rest: unknown[]): unknown =>
  file === "/proc/sys/kernel/random/boot_id"
    ? Promise.resolve(`${bootId}\n`)
    : Reflect.apply(readFile, fs, [file, ...rest]);
fs.readFile = readAsOther as typeof readFile;
syncBuiltinESMExports();

const listen = Server.prototype.listen;
Server.prototype.listen = function (this: Server, ...args: unknown[]): Server {
  const [address, ...rest] = args;
  const isAbstract = typeof address === "string" && address.startsWith("\0");
  return Reflect.apply(listen, this, isAbstract ? [`${address}/${bootId}`, ...rest] : args);
};
