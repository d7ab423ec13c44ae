/**
 * Drops an ELF file's symbols (and whatever else lies behind the last loaded byte), as strip(1) would, for any
 * architecture on any machine and always to the same bytes.
 *
 * @param elf a 64-bit little-endian ELF file
 * @throws Error where it is none
 */
export function strip(elf: Buffer): Buffer {
  if (elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2 || elf[5] !== 1) {
    throw new Error('not a 64-bit little-endian ELF file');
  }
  const table = Number(elf.readBigUInt64LE(0x28));
  const size = elf.readUInt16LE(0x3a);
  const count = elf.readUInt16LE(0x3c);
  const namesIndex = elf.readUInt16LE(0x3e);
  const headers = Array.from({ length: count }, (_, i) =>
    elf.subarray(table + i * size, table + (i + 1) * size),
  );
  const isLoaded = (header: Buffer) => (header.readBigUInt64LE(8) & SHF_ALLOC) !== 0n;
  const kept = headers.filter((header, i) => i === 0 || i === namesIndex || isLoaded(header));
  const indexOf = new Map(kept.map((header, i) => [headers.indexOf(header), i]));

  const end = Math.max(...headers.filter(isLoaded).map(endInFile), endOfSegments(elf));
  const names = headers[namesIndex] as Buffer;
  const namesAt = Number(names.readBigUInt64LE(0x18));
  const nameBytes = elf.subarray(namesAt, namesAt + Number(names.readBigUInt64LE(0x20)));
  const newTable = align(end + nameBytes.length);
  const stripped = Buffer.alloc(newTable + kept.length * size);
  elf.copy(stripped, 0, 0, end);
  nameBytes.copy(stripped, end);
  kept.forEach((header, i) => {
    const copy = Buffer.from(header);
    if (header === names) copy.writeBigUInt64LE(BigInt(end), 0x18);
    copy.writeUInt32LE(indexOf.get(copy.readUInt32LE(0x28)) ?? 0, 0x28);
    copy.copy(stripped, newTable + i * size);
  });
  stripped.writeBigUInt64LE(BigInt(newTable), 0x28);
  stripped.writeUInt16LE(kept.length, 0x3c);
  stripped.writeUInt16LE(indexOf.get(namesIndex) ?? 0, 0x3e);
  return stripped;
}

const SHF_ALLOC = 2n;
const SHT_NOBITS = 8;

function endInFile(header: Buffer): number {
  if (header.readUInt32LE(4) === SHT_NOBITS) return 0;
  return Number(header.readBigUInt64LE(0x18) + header.readBigUInt64LE(0x20));
}

function endOfSegments(elf: Buffer): number {
  const at = Number(elf.readBigUInt64LE(0x20));
  const size = elf.readUInt16LE(0x36);
  const ends = Array.from({ length: elf.readUInt16LE(0x38) }, (_, i) => {
    const header = at + i * size;
    return Number(elf.readBigUInt64LE(header + 8) + elf.readBigUInt64LE(header + 0x20));
  });
  return Math.max(...ends);
}

function align(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}
