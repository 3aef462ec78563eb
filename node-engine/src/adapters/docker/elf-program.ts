import { Buffer } from "node:buffer";

/** What the headers of an executable say of its machine. */
export interface ElfMachine {
  is64Bit: boolean;
  /** `e_machine` of the ELF header. */
  id: number;
  /** `e_flags`: which calling convention. */
  flags: number;
}

/** Where the file is mapped: above what the kernel keeps free below, and a whole page. */
const base = 0x10000;
const page = 0x1000;
const readAndExecute = 5;

/** A static executable of one loadable segment, little endian: headers, and what is executed from its first byte. */
export function toExecutable(machine: ElfMachine, code: Buffer): Buffer {
  const headers = machine.is64Bit ? headers64 : headers32;
  return Buffer.concat([headers(machine, code.length), code]);
}

/** What both classes begin with: magic, class, little endian, version 1, System V. */
function identification(isClass64: boolean): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, isClass64 ? 2 : 1, 1, 1, 0]);
  return bytes;
}

function headers64({ id, flags }: ElfMachine, length: number): Buffer {
  const [fileHeader, programHeader] = [64, 56];
  const size = BigInt(fileHeader + programHeader + length);
  const header = Buffer.alloc(fileHeader + programHeader);
  identification(true).copy(header);
  header.writeUInt16LE(2, 16); // executable
  header.writeUInt16LE(id, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(base + fileHeader + programHeader), 24); // entry
  header.writeBigUInt64LE(BigInt(fileHeader), 32); // program headers
  header.writeUInt32LE(flags, 48);
  header.writeUInt16LE(fileHeader, 52);
  header.writeUInt16LE(programHeader, 54);
  header.writeUInt16LE(1, 56); // one of them
  header.writeUInt32LE(1, 64); // loadable
  header.writeUInt32LE(readAndExecute, 68);
  header.writeBigUInt64LE(BigInt(base), 80); // virtual address; offset 0 in the file
  header.writeBigUInt64LE(BigInt(base), 88);
  header.writeBigUInt64LE(size, 96);
  header.writeBigUInt64LE(size, 104);
  header.writeBigUInt64LE(BigInt(page), 112);
  return header;
}

function headers32({ id, flags }: ElfMachine, length: number): Buffer {
  const [fileHeader, programHeader] = [52, 32];
  const size = fileHeader + programHeader + length;
  const header = Buffer.alloc(fileHeader + programHeader);
  identification(false).copy(header);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(id, 18);
  header.writeUInt32LE(1, 20);
  header.writeUInt32LE(base + fileHeader + programHeader, 24);
  header.writeUInt32LE(fileHeader, 28);
  header.writeUInt32LE(flags, 36);
  header.writeUInt16LE(fileHeader, 40);
  header.writeUInt16LE(programHeader, 42);
  header.writeUInt16LE(1, 44);
  header.writeUInt32LE(1, 52);
  header.writeUInt32LE(base, 60);
  header.writeUInt32LE(base, 64);
  header.writeUInt32LE(size, 68);
  header.writeUInt32LE(size, 72);
  header.writeUInt32LE(readAndExecute, 76);
  header.writeUInt32LE(page, 80);
  return header;
}
