// Counts what the allocator of the WebAssembly module holds, for programs that make many webhooks. Import
// this file before the package: it keeps the instance that the package makes.

let made;
let heapStart;

const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given);
    made = this;
    // The allocator takes its first page behind the memory that a new instance has.
    heapStart = this.exports.memory.buffer.byteLength;
  }
};

const [IN_USE, FLAGS] = [2, 7];

/** The instance that the package has made. */
export function instance() {
  return made;
}

/**
 * The pages of 64 KiB of the memory, and how many chunks of it are allocated and free. It walks from
 * chunk to chunk as dlmalloc does: a chunk has its size and its flags in its second word.
 */
export function heap() {
  const { buffer } = made.exports.memory;
  const { byteLength } = buffer;
  const words = new Uint32Array(buffer);
  const counts = { pages: byteLength / 65_536, allocated: 0, free: 0 };
  let at = heapStart;
  while (at < byteLength) {
    const head = words[at / 4 + 1];
    if ((head & IN_USE) === 0) counts.free += 1;
    else counts.allocated += 1;
    const size = head & ~FLAGS;
    if (size === 0) break;
    at += size;
  }
  if (at !== byteLength)
    throw new Error("the chunks of the allocator do not end where its memory does");
  return counts;
}
