/**
 * The first name that an object of a JSON text has twice. Of such members JSON.parse keeps the last, other programs
 * the first, so that two of them would read different requests. Expects a text that JSON.parse has accepted.
 */
export function duplicateKey(text: string): string | undefined {
  /** The names seen in each open object; `undefined` for a list. */
  const open: (Set<string> | undefined)[] = [];
  let names: Set<string> | undefined;
  let expectName = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
        open.push(names);
        names = new Set();
        expectName = true;
        break;
      case 0x5b: // [
        open.push(names);
        names = undefined;
        expectName = false;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        names = open.pop();
        expectName = false;
        break;
      case 0x2c: // ,
        expectName = names !== undefined;
        break;
      case 0x22: {
        // "
        const end = endOfString(text, at);
        if (expectName && names !== undefined) {
          const raw = text.slice(at + 1, end);
          const name: string = raw.includes('\\') ? JSON.parse(text.slice(at, end + 1)) : raw;
          if (names.has(name)) {
            return name;
          }
          names.add(name);
          expectName = false;
        }
        at = end;
        break;
      }
    }
  }
  return undefined;
}

/** Index of the quotation mark that ends the string beginning at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) {
    end = text.indexOf('"', end + 1);
  }
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) {
    backslashes++;
  }
  return backslashes % 2 === 1;
}
