/** Results that are remembered while their texts keep coming. */
const REMEMBERED = 8192;
/** Results of longer texts are computed each time. */
const MAX_REMEMBERED = 256;

/** Remembers the results of a pure function of text, in two generations: what keeps coming stays. */
export function createMemo<T>(compute: (text: string) => T): (text: string) => T {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  return (text) => {
    const known = young.get(text);
    if (known !== undefined) {
      return known;
    }
    const result = old.get(text) ?? compute(text);
    if (text.length <= MAX_REMEMBERED) {
      if (young.size >= REMEMBERED / 2) {
        old = young;
        young = new Map();
      }
      young.set(text, result);
    }
    return result;
  };
}
