import { type DescField, getOption } from '@bufbuild/protobuf';
import type { Violation } from '@bufbuild/protovalidate';
import * as rules from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { shortNames } from '../rest/json/names.ts';
import { isField, valueAt } from './field-path.ts';

/** Values of a list that are named; more would not help. */
const MAX_LISTED = 20;

/** Patterns of a plain set of characters and how many of them: `^[A-Za-z0-9_.:-]{1,128}$`. */
const SET_AND_LENGTH = /^\^\[([^\\^[\]][^\\[\]]*)\]\{(\d+)(?:,(\d+))?\}\$$/;

/**
 * What a rule that was broken expects, for people: `at most 3 entries`. It quotes the contract and no value.
 * `undefined` for rules that only their own words describe.
 *
 * @param isJson - whether enum values go by the names that JSON has for them
 */
export function expectation(violation: Violation, isJson: boolean): string | undefined {
  const field = violation.field.findLast(isField);
  if (field === undefined) {
    return undefined;
  }
  const own = getOption(field, rules.field);
  const limit = valueAt(own, violation.rule);
  const siblings = valueAt(own, violation.rule.slice(0, -1)) as Siblings | undefined;
  // Rules for entries of a list or map have the same names as those for single values.
  switch (violation.ruleId) {
    case 'string.min_len':
      return `at least ${counted(limit, 'character')}`;
    case 'string.max_len':
      return `at most ${counted(limit, 'character')}`;
    case 'string.len':
      return counted(limit, 'character');
    case 'string.min_bytes':
    case 'bytes.min_len':
      return `at least ${counted(limit, 'byte')}`;
    case 'string.max_bytes':
    case 'bytes.max_len':
      return `at most ${counted(limit, 'byte')}`;
    case 'bytes.len':
      return counted(limit, 'byte');
    case 'string.pattern':
      return matching(String(limit));
    case 'repeated.min_items':
    case 'map.min_pairs':
      return `at least ${counted(limit, 'entry')}`;
    case 'repeated.max_items':
    case 'map.max_pairs':
      return `at most ${counted(limit, 'entry')}`;
    case 'repeated.unique':
      return 'no entry twice';
    case 'enum.defined_only':
      return oneOf(field, () => true, isJson);
    default:
      return ofAnyType(violation, field, limit, siblings, isJson);
  }
}

/** The rules of a type, as far as they are looked at together. */
type Siblings = { readonly greaterThan?: Bound; readonly lessThan?: Bound };
type Bound = { readonly case?: string; readonly value?: unknown };

/** Rules that several types have. */
function ofAnyType(
  { ruleId }: Violation,
  field: DescField,
  limit: unknown,
  siblings: Siblings | undefined,
  isJson: boolean,
): string | undefined {
  const [type, name] = ruleId.split('.');
  const list = Array.isArray(limit) ? limit : [];
  const ofEnum = type === 'enum' && field.enum !== undefined;
  switch (name) {
    case 'in':
      return ofEnum
        ? oneOf(field, (value) => list.includes(value), isJson)
        : `one of ${listed(list.map(String))}`;
    case 'not_in':
      return ofEnum
        ? oneOf(field, (value) => !list.includes(value), isJson)
        : `anything but ${listed(list.map(String))}`;
    case 'gte_lte':
      return `a number from ${siblings?.greaterThan?.value} to ${siblings?.lessThan?.value}`;
    case 'gte':
      return `a number of at least ${limit}`;
    case 'lte':
      return `a number of at most ${limit}`;
    default:
      return undefined;
  }
}

function oneOf({ enum: desc }: DescField, isGood: (value: number) => boolean, isJson: boolean) {
  if (desc === undefined) {
    return undefined;
  }
  const short = shortNames(desc);
  const names = desc.values
    .filter(({ number }) => isGood(number))
    .map(({ name, number }) => (isJson ? (short.get(number) ?? name) : name));
  return `one of ${listed(names)}`;
}

function matching(pattern: string): string {
  const [, set = '', least = '', most] = SET_AND_LENGTH.exec(pattern) ?? [];
  if (set === '') {
    return `a text that matches ${pattern}`;
  }
  const characters = [...set.matchAll(/.-.|./gsu)].map(([part]) => (part === ' ' ? 'space' : part));
  const count = most === undefined || most === least ? least : `${least} to ${most}`;
  return `${count} of the characters ${characters.join(' ')}`;
}

function counted(limit: unknown, what: 'character' | 'byte' | 'entry'): string {
  const many = what === 'entry' ? 'entries' : `${what}s`;
  return `${limit} ${Number(limit) === 1 ? what : many}`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED).join(', ');
  return names.length > MAX_LISTED ? `${shown}, …` : shown;
}
