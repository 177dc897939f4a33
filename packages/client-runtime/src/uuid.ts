/**
 * A UUID of version 7 (RFC 9562): the time in milliseconds, then 74 random bits. As text, UUIDs sort by when they were
 * made, so a server that keeps them in order adds each new one at the end, which costs it a fraction of what it costs to
 * add one just anywhere.
 */
export function uuid(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  // What stands behind the version is made alike in both versions.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUuid().slice(15)}`;
}

/**
 * A random UUID (version 4). `crypto.randomUUID` exists only in secure contexts, so a page served over plain HTTP from
 * another machine than its own makes the UUID from random bytes.
 */
function randomUuid(): string {
  if (typeof crypto.randomUUID === 'function') {
    return crypto.randomUUID();
  }
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, i) => {
    const marked = i === 6 ? (byte & 0x0f) | 0x40 : i === 8 ? (byte & 0x3f) | 0x80 : byte;
    return marked.toString(16).padStart(2, '0');
  }).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
