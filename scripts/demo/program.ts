/*
 * A static Linux program of some hundred bytes, so that the demo has an image without a registry, a compiler or a
 * download: an ELF header, one loadable segment, the instructions for write(1, text) and exit(0), the text.
 */

const loadAddress = 0x400000
const headerSize = 64 + 56

/** The program that prints `text`, for an Engine's architecture; undefined for one that we have no instructions for. */
export function printingProgram(architecture: string, text: string): Buffer | undefined {
  const message = Buffer.from(text)
  if (architecture === 'amd64' || architecture === 'x86_64')
    return elf(62, Buffer.concat([amd64(message.length), message]))
  if (architecture === 'arm64' || architecture === 'aarch64')
    return elf(183, Buffer.concat([arm64(message.length), message]))
  return undefined
}

function amd64(length: number): Buffer {
  const code = Buffer.from(
    'b801000000' + // mov eax, 1 (write)
      'bf01000000' + // mov edi, 1 (stdout)
      '488d3517000000' + // lea rsi, [rip+23]: the text
      'ba00000000' + // mov edx, length
      '0f05' + // syscall
      'b83c000000' + // mov eax, 60 (exit)
      '31ff' + // xor edi, edi
      '0f05' + // syscall
      '90909090909090', // the text begins at a known place
    'hex',
  )
  code.writeUInt32LE(length, 18)
  return code
}

function arm64(length: number): Buffer {
  const code = Buffer.alloc(32)
  const instructions = [
    0xd2800020, // mov x0, 1 (stdout)
    0x100000e1, // adr x1, +28: the text
    0xd2800002 | (length << 5), // mov x2, length
    0xd2800808, // mov x8, 64 (write)
    0xd4000001, // svc 0
    0xd2800000, // mov x0, 0
    0xd2800ba8, // mov x8, 93 (exit)
    0xd4000001, // svc 0
  ]
  instructions.forEach((instruction, index) => {
    code.writeUInt32LE(instruction >>> 0, index * 4)
  })
  return code
}

function elf(machine: number, body: Buffer): Buffer {
  const header = Buffer.alloc(headerSize)
  header.write('\x7fELF\x02\x01\x01', 'latin1')
  header.writeUInt16LE(2, 16) // executable
  header.writeUInt16LE(machine, 18)
  header.writeUInt32LE(1, 20)
  header.writeBigUInt64LE(BigInt(loadAddress + headerSize), 24) // entry point
  header.writeBigUInt64LE(64n, 32) // program header's place
  header.writeUInt16LE(64, 52) // this header's size
  header.writeUInt16LE(56, 54) // program header's size
  header.writeUInt16LE(1, 56) // how many
  header.writeUInt32LE(1, 64) // a segment to load
  header.writeUInt32LE(5, 68) // readable, executable
  header.writeBigUInt64LE(BigInt(loadAddress), 80)
  header.writeBigUInt64LE(BigInt(loadAddress), 88)
  header.writeBigUInt64LE(BigInt(headerSize + body.length), 96)
  header.writeBigUInt64LE(BigInt(headerSize + body.length), 104)
  header.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([header, body])
}
