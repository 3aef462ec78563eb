import { Buffer } from "node:buffer";
import { type ElfMachine, toExecutable } from "./elf-program.ts";

/** Machines for which the programs can be written, as Docker and Go name them. */
export type PauseArchitecture = "amd64" | "arm64" | "arm";

interface Machine extends ElfMachine {
  pause: readonly number[];
  /** Up to {@link enteredData}, which follows. */
  enter: readonly number[];
}

/** What a process calls itself when it has a network namespace of its own, see `/proc/<pid>/comm`. */
export const ENTERED_NAME = "oak-pause";

/** `capset` of version 3, for itself: no capability at all. Behind it the name. */
const enteredData = Buffer.concat([
  Buffer.from(words(0x20080522, 0, ...[0, 0, 0], ...[0, 0, 0])),
  Buffer.from(`${ENTERED_NAME}\0`, "latin1"),
]);

/** There is no pause() on arm64: ppoll of nothing, without a time limit, is the same. */
const pauseOnArm64 = [
  0xd2800000, // mov x0, #0
  0xd2800001, // mov x1, #0
  0xd2800002, // mov x2, #0
  0xd2800003, // mov x3, #0
  0xd2800004, // mov x4, #0
  0xd2800928, // mov x8, #73  (ppoll)
  0xd4000001, // svc #0
  0x17fffff9, // b to the first instruction
];

const machines: Record<PauseArchitecture, Machine> = {
  amd64: {
    is64Bit: true,
    id: 62,
    flags: 0,
    pause: [
      ...[0xb8, 0x22, 0x00, 0x00, 0x00], // mov eax, 34   (pause)
      ...[0x0f, 0x05], // syscall
      ...[0xeb, 0xf7], // jmp to the first instruction
    ],
    enter: [
      ...[0xb8, 0x10, 0x01, 0x00, 0x00], // mov eax, 272  (unshare)
      ...[0xbf, 0x00, 0x00, 0x00, 0x40], // mov edi, CLONE_NEWNET
      ...[0x0f, 0x05], // syscall
      ...[0x85, 0xc0], // test eax, eax
      ...[0x75, 0x35], // jnz failed
      ...[0xb8, 0x7e, 0x00, 0x00, 0x00], // mov eax, 126  (capset)
      ...[0x48, 0x8d, 0x3d, 0x35, 0x00, 0x00, 0x00], // lea rdi, [data]
      ...[0x48, 0x8d, 0x35, 0x36, 0x00, 0x00, 0x00], // lea rsi, [data + 8]
      ...[0x0f, 0x05], // syscall
      ...[0x85, 0xc0], // test eax, eax
      ...[0x75, 0x1c], // jnz failed
      ...[0xb8, 0x9d, 0x00, 0x00, 0x00], // mov eax, 157  (prctl)
      ...[0xbf, 0x0f, 0x00, 0x00, 0x00], // mov edi, PR_SET_NAME
      ...[0x48, 0x8d, 0x35, 0x37, 0x00, 0x00, 0x00], // lea rsi, [data + 32]
      ...[0x0f, 0x05], // syscall
      ...[0xb8, 0x22, 0x00, 0x00, 0x00], // mov eax, 34   (pause)
      ...[0x0f, 0x05], // syscall
      ...[0xeb, 0xf7], // jmp to mov eax, 34
      ...[0xb8, 0x3c, 0x00, 0x00, 0x00], // failed: mov eax, 60 (exit)
      ...[0xbf, 0x01, 0x00, 0x00, 0x00], // mov edi, 1
      ...[0x0f, 0x05], // syscall
    ],
  },
  arm64: {
    is64Bit: true,
    id: 183,
    flags: 0,
    pause: words(...pauseOnArm64),
    enter: words(
      0xd2a80000, // mov x0, #CLONE_NEWNET
      0xd2800c28, // mov x8, #97  (unshare)
      0xd4000001, // svc #0
      0xb5000240, // cbnz x0, failed
      0x10000280, // adr x0, data
      0x100002a1, // adr x1, data + 8
      0xd2800b68, // mov x8, #91  (capset)
      0xd4000001, // svc #0
      0xb50001a0, // cbnz x0, failed
      0xd28001e0, // mov x0, #PR_SET_NAME
      0x100002c1, // adr x1, data + 32
      0xd28014e8, // mov x8, #167 (prctl)
      0xd4000001, // svc #0
      ...pauseOnArm64,
      0xd2800020, // failed: mov x0, #1
      0xd2800ba8, // mov x8, #93  (exit)
      0xd4000001, // svc #0
    ),
  },
  arm: {
    is64Bit: false,
    id: 40,
    flags: 0x05000000, // EABI version 5
    pause: words(
      0xe3a0701d, // mov r7, #29  (pause)
      0xef000000, // svc #0
      0xeafffffc, // b to the first instruction
    ),
    enter: words(
      0xe3a00101, // mov r0, #CLONE_NEWNET
      0xe3a07001, // mov r7, #1
      0xe3877e15, // orr r7, r7, #336: 337 (unshare), which is no immediate value
      0xef000000, // svc #0
      0xe3500000, // cmp r0, #0
      0x1a00000c, // bne failed
      0xe28f0038, // adr r0, data
      0xe28f103c, // adr r1, data + 8
      0xe3a070b9, // mov r7, #185 (capset)
      0xef000000, // svc #0
      0xe3500000, // cmp r0, #0
      0x1a000006, // bne failed
      0xe3a0000f, // mov r0, #PR_SET_NAME
      0xe28f103c, // adr r1, data + 32
      0xe3a070ac, // mov r7, #172 (prctl)
      0xef000000, // svc #0
      0xe3a0701d, // mov r7, #29  (pause)
      0xef000000, // svc #0
      0xeafffffc, // b to mov r7, #29
      0xe3a00001, // failed: mov r0, #1
      0xe3a07001, // mov r7, #1   (exit)
      0xef000000, // svc #0
    ),
  },
};

/**
 * Waits for a signal, for ever: any other instruction would be one too many. As the first process of its container it ignores all
 * signals without a handler, so only SIGKILL ends it.
 */
export function pauseProgram(architecture: PauseArchitecture): Buffer {
  const machine = machines[architecture];
  return toExecutable(machine, Buffer.from(machine.pause));
}

/**
 * Enters a network namespace of its own, gives up the capability that this takes, calls itself {@link ENTERED_NAME} and then waits like
 * the other one. Ends with 1 when it may not do that.
 */
export function enterProgram(architecture: PauseArchitecture): Buffer {
  const machine = machines[architecture];
  return toExecutable(machine, Buffer.concat([Buffer.from(machine.enter), enteredData]));
}

/** Little endian, as all three are. */
function words(...values: number[]): number[] {
  return values.flatMap((value) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff));
}
