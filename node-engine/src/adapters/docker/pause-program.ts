import { Buffer } from "node:buffer";

/** Machines for which the program can be written, as Docker and Go name them. */
export type PauseArchitecture = "amd64" | "arm64" | "arm";

interface Machine {
  is64Bit: boolean;
  /** `e_machine` of the ELF header. */
  id: number;
  /** `e_flags`: which calling convention. */
  flags: number;
  code: readonly number[];
}

/**
 * Each program asks the kernel to wait for a signal, for ever: any other instruction would be one too many. As the first process of
 * its container it ignores all signals without a handler, so only SIGKILL ends it.
 */
const machines: Record<PauseArchitecture, Machine> = {
  amd64: {
    is64Bit: true,
    id: 62,
    flags: 0,
    code: [
      ...[0xb8, 0x22, 0x00, 0x00, 0x00], // mov eax, 34   (pause)
      ...[0x0f, 0x05], // syscall
      ...[0xeb, 0xf7], // jmp to the first instruction
    ],
  },
  // There is no pause() on arm64: ppoll of nothing, without a time limit, is the same.
  arm64: {
    is64Bit: true,
    id: 183,
    flags: 0,
    code: words(
      0xd2800000, // mov x0, #0
      0xd2800001, // mov x1, #0
      0xd2800002, // mov x2, #0
      0xd2800003, // mov x3, #0
      0xd2800004, // mov x4, #0
      0xd2800928, // mov x8, #73  (ppoll)
      0xd4000001, // svc #0
      0x17fffff9, // b to the first instruction
    ),
  },
  arm: {
    is64Bit: false,
    id: 40,
    flags: 0x05000000, // EABI version 5
    code: words(
      0xe3a0701d, // mov r7, #29  (pause)
      0xef000000, // svc #0
      0xeafffffc, // b to the first instruction
    ),
  },
};

/** Where the file is mapped: above what the kernel keeps free below, and a whole page. */
const base = 0x10000;
const page = 0x1000;
const readAndExecute = 5;

/** A static executable of one loadable segment: headers and code, some 170 bytes. */
export function pauseProgram(architecture: PauseArchitecture): Buffer {
  const machine = machines[architecture];
  const headers = machine.is64Bit ? headers64(machine) : headers32(machine);
  return Buffer.concat([headers, Buffer.from(machine.code)]);
}

/** Little endian, as all three are. */
function words(...values: number[]): number[] {
  return values.flatMap((value) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff));
}

/** What both classes begin with: magic, class, little endian, version 1, System V. */
function identification(isClass64: boolean): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, isClass64 ? 2 : 1, 1, 1, 0]);
  return bytes;
}

function headers64({ id, flags, code }: Machine): Buffer {
  const [fileHeader, programHeader] = [64, 56];
  const size = BigInt(fileHeader + programHeader + code.length);
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

function headers32({ id, flags, code }: Machine): Buffer {
  const [fileHeader, programHeader] = [52, 32];
  const size = fileHeader + programHeader + code.length;
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
