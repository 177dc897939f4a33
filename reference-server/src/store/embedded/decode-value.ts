/**
 * A value as it was stored.
 *
 * @param item - the item, as errors name it.
 */
export function decodeValue(json: string, item: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new Error(`${item}: the stored value is damaged`, { cause: error });
  }
}
