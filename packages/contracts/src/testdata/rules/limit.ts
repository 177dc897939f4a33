/** What a field may be and what it may not. */
export interface Limit {
  readonly good: readonly unknown[];
  readonly bad: readonly Refused[];
}

/** A value, the rule that refuses it, and where below the field: `.currency`, `[1]`, `["key"]`. */
export type Refused = readonly [value: unknown, rule: string, below?: string];

const refusedBy = (rule: string, values: readonly unknown[]): Refused[] =>
  values.map((value) => [value, rule]);

/** Strings of a form. */
export function form(good: readonly string[], bad: readonly string[]): Limit {
  return { good, bad: refusedBy('string.pattern', bad) };
}

/** The same limit, and nothing said is fine as well. */
export function optional({ good, bad }: Limit): Limit {
  return { good: ['', ...good], bad: bad.filter(([value]) => value !== '') };
}

/** Ids of resources: 1 to 128 letters, digits and `_ . : -`. */
export const id: Limit = form(
  ['event_123', 'A1', 'A-12', 'bts-concert-2024', 'urn:a.B:9', 'x', 'x'.repeat(128)],
  ['', 'x'.repeat(129), 'a b', 'a/b', '../a', 'a\n', 'a\u0000', 'é', '東京', '%41'],
);

export const optionalId: Limit = optional(id);

/** Ids of users, which identity providers choose: at most 255 printable characters. */
export const user: Limit = optional(
  form(
    ['user_456', 'auth0|abc', 'google-oauth2|1', 'ann@example.com', 'José Ángel', '東京', '🌮'.repeat(255)],
    ['x'.repeat(256), 'a\u0000b', 'a\nb', 'a\tb', 'a\u007fb', 'a\u0085b', '\u001b[31m', '\u009b31m'],
  ),
);

/** Idempotency keys: 1 to 255 printable ASCII characters without spaces. */
export const neededKey: Limit = form(
  ['2f1d6c1e-8f0b-4a53-9e43-0d3c3f1f3f11', 'res_1/reserve', '!', '~', 'x'.repeat(255)],
  ['', 'x'.repeat(256), 'a b', ' ', 'é', 'a\nb', 'a\u007f'],
);

export const key: Limit = optional(neededKey);

/** The sequence a stream goes on from. */
export const sequence: Limit = optional(
  form(['0', '42', '9223372036854775807'], ['-1', '1.5', '0x1', ' 1', '1'.repeat(20), 'abc']),
);

/** Text of at most so many characters, whatever their size in bytes. */
export function upTo(max: number): Limit {
  return {
    good: ['', 'x'.repeat(max), '🌮'.repeat(max)],
    bad: refusedBy('string.max_len', ['x'.repeat(max + 1), '🌮'.repeat(max + 1)]),
  };
}

/** Text of so many characters. */
export function text(min: number, max: number): Limit {
  return {
    good: ['x'.repeat(min), '🌮'.repeat(min), 'x'.repeat(max)],
    bad: [['', 'string.min_len'], ['x'.repeat(min - 1), 'string.min_len'], ...upTo(max).bad],
  };
}

/** An int32 with both limits. */
export function range(min: number, max: number): Limit {
  return {
    good: [min, max],
    bad: refusedBy('int32.gte_lte', [min - 1, max + 1, -2_147_483_648, 2_147_483_647]),
  };
}

/** An int32 that is not negative. */
export const count: Limit = {
  good: [0, 2_147_483_647],
  bad: refusedBy('int32.gte', [-1, -2_147_483_648]),
};

/** An int64 that is not negative. */
export const bigCount: Limit = {
  good: [0n, 9_223_372_036_854_775_807n],
  bad: refusedBy('int64.gte', [-1n, -9_223_372_036_854_775_808n]),
};

/** A value that the enum has, except for those that are refused. */
export function enumOf(values: Readonly<Record<string, string | number>>, ...not: readonly number[]): Limit {
  const numbers = Object.values(values).filter((value) => typeof value === 'number');
  return {
    good: numbers.filter((value) => !not.includes(value)),
    bad: [
      ...refusedBy('enum.defined_only', [-1, Math.max(...numbers) + 1]),
      ...refusedBy('enum.not_in', not),
    ],
  };
}

/** Ids without repetition. */
export function idList(max: number): Limit {
  return listOf(id, (index) => `A-${index}`, max);
}

/** Ids without repetition, one at least. */
export function neededIds(max: number): Limit {
  const { good, bad } = idList(max);
  return { good: good.filter((ids) => Array.isArray(ids) && ids.length > 0), bad };
}

/** Items without repetition. */
export function listOf(item: Limit, nth: (index: number) => unknown, max: number): Limit {
  const items = (length: number): unknown[] => Array.from({ length }, (_, index) => nth(index));
  return {
    good: [[], items(max), ...item.good.map((value) => [value])],
    bad: [
      [items(max + 1), 'repeated.max_items'],
      [[nth(0), nth(1), nth(0)], 'repeated.unique'],
      ...item.bad.map(([value, rule]): Refused => [[nth(0), value], rule, '[1]']),
    ],
  };
}

/** A list of one. */
export function each({ good, bad }: Limit): Limit {
  return {
    good: good.map((value) => [value]),
    bad: bad.map(([value, rule, below = '']): Refused => [[value], rule, `[0]${below}`]),
  };
}

/** Text by text: at most 50 pairs, keys of 1 to 128 characters, values of at most 1024. */
export const pairs: Limit = {
  good: [{}, { a: '' }, pairsOf(50), { ['k'.repeat(128)]: 'v'.repeat(1024) }],
  bad: [
    [pairsOf(51), 'map.max_pairs'],
    [{ '': 'v' }, 'string.min_len', '[""]'],
    [{ ['k'.repeat(129)]: 'v' }, 'string.max_len', `["${'k'.repeat(129)}"]`],
    [{ a: 'v'.repeat(1025) }, 'string.max_len', '["a"]'],
  ],
};

/** So many pairs. */
function pairsOf(length: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length }, (_, index) => [`k${index}`, 'v']));
}

/**
 * A message whose fields have limits; `base` is what it needs anyway. The fields of a oneof are written
 * `group.field`.
 */
export function within(limits: Readonly<Record<string, Limit>>, base: object = {}): Limit {
  const entries = Object.entries(limits).map(([name, limit]) => ({ ...limit, ...place(name) }));
  return {
    good: [base, ...entries.flatMap(({ good, set }) => good.map((value) => ({ ...base, ...set(value) })))],
    bad: entries.flatMap(({ bad, set, path }) =>
      bad.map(([value, rule, below = '']): Refused => [{ ...base, ...set(value) }, rule, `${path}${below}`]),
    ),
  };
}

function place(name: string): { path: string; set: (value: unknown) => object } {
  const [group = '', member] = name.split('.');
  return member === undefined
    ? { path: `.${protoName(group)}`, set: (value) => ({ [group]: value }) }
    : { path: `.${protoName(member)}`, set: (value) => ({ [group]: { case: member, value } }) };
}

/** `seatIds` is `seat_ids` in the contract. */
export function protoName(localName: string): string {
  return localName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
