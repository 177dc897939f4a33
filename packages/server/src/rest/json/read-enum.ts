import type { DescEnum } from '@bufbuild/protobuf';
import { isNullValue } from './message-fields.ts';
import { acceptedNames } from './names.ts';
import { ValueError } from './problem.ts';

/** Stands for a name that a lenient reader does not know and skips. */
export const unknownEnum = Symbol('unknown enum value');

/** Reads an enum value. @throws ValueError */
export type ReadEnum = (json: unknown) => number | typeof unknownEnum;

const MAX_LISTED = 12;

/** @param refuseUnknown - whether a name that the contract does not know is an error */
export function enumReader(desc: DescEnum, refuseUnknown: boolean): ReadEnum {
  const numbers = acceptedNames(desc);
  const known = new Set(desc.values.map((value) => value.number));
  const listed = desc.values
    .slice(0, MAX_LISTED)
    .map((value) => value.name.slice(desc.sharedPrefix?.length ?? 0));
  const expected = `one of ${listed.join(', ')}${desc.values.length > MAX_LISTED ? ', …' : ''}`;
  const fits = (number: number): boolean =>
    known.has(number) || (desc.open && !refuseUnknown && Number.isInteger(number) && number === (number | 0));
  return (json) => {
    if (typeof json === 'string') {
      const number = numbers.get(json);
      if (number !== undefined) {
        return number;
      }
      if (!refuseUnknown) {
        return unknownEnum;
      }
    } else if (typeof json === 'number' && fits(json)) {
      return json;
    } else if (json === null && isNullValue(desc)) {
      return 0;
    }
    throw new ValueError(expected);
  };
}

/** The same for a text of a URL, where a number is a text as well. A name nobody knows is always refused. */
export function enumTextReader(desc: DescEnum, refuseUnknown: boolean): (text: string) => number {
  const read = enumReader(desc, refuseUnknown);
  return (text) => {
    const value = read(/^-?\d{1,10}$/.test(text) ? Number(text) : text);
    if (value === unknownEnum) {
      throw new ValueError('the name of one of its values');
    }
    return value;
  };
}
