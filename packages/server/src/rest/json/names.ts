import type { DescEnum, DescField } from '@bufbuild/protobuf';
import { fieldPolicyOf } from '@traffic-tacos/policy';

/** The name of an enum value without the prefix that all values of the enum share: `HOLD`. */
export function shortNames(desc: DescEnum): ReadonlyMap<number, string> {
  const prefix = desc.sharedPrefix?.length ?? 0;
  const names = new Map<number, string>();
  for (const value of desc.values) {
    // Of several names of a number the first is the official one; a name that the contract sets for JSON stays whole.
    if (!names.has(value.number)) {
      names.set(value.number, value.jsonName === value.name ? value.name.slice(prefix) : value.jsonName);
    }
  }
  return names;
}

/** The numbers of an enum's values by every name that is accepted: whole, without prefix, and of JSON. */
export function acceptedNames(desc: DescEnum): ReadonlyMap<string, number> {
  const prefix = desc.sharedPrefix?.length ?? 0;
  const numbers = new Map<string, number>();
  for (const value of desc.values) {
    numbers.set(value.name.slice(prefix), value.number);
  }
  // Where a short name is the whole name of another value, the whole name counts.
  for (const value of desc.values) {
    numbers.set(value.jsonName, value.number);
    numbers.set(value.name, value.number);
  }
  return numbers;
}

/** Whether what a field holds must not be repeated in an answer. */
export function isConfidential(field: DescField): boolean {
  const policy = fieldPolicyOf(field);
  return policy?.secret === true || policy?.credential === true;
}
