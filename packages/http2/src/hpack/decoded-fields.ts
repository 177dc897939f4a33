/** A decoded header block. Blocks of a connection that repeat octet for octet, and mean the same, may be one object. */
export interface DecodedFields {
  /**
   * Name, value, name, value, in the order of the block. Each character is one octet. Nothing is known about the octets:
   * whether HTTP allows them (lower case, no controls, pseudo-header fields first) is for the caller to check.
   */
  readonly fields: readonly string[];
  /** The size of the list: the octets of names and values, and 32 for each field (RFC 9113, 6.5.2). */
  readonly bytes: number;
  /**
   * The first fields as a block of their own, where it is known to come again and again: the same object then, whatever
   * follows it. {@link fields} begins with its fields.
   */
  readonly lead: DecodedFields | undefined;
  /** The list is larger than allowed: {@link fields} is empty. The decoder goes on as ever. */
  readonly isTooLarge: boolean;
  /** For the caller: what it derived from this block, kept as long as this. */
  view: unknown;
}
