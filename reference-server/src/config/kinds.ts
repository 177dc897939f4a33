import { z } from 'zod';

/** A number within bounds, as such or as text. */
export const number = (min: number, max: number, kind: string, written: RegExp) => {
  const error = `expected ${kind} from ${min} to ${max}`;
  const value = z.number({ error }).min(min, { error }).max(max, { error });
  return z.union([value, z.string().trim().regex(written).transform(Number).pipe(value)], { error });
};
/** A whole number within bounds. */
export const whole = (min: number, max: number) => number(min, max, 'a whole number', /^\d+$/);

/** Entries, separated by commas or in an array; empty ones are left out. */
export const list = z
  .union([z.string(), z.array(z.string())])
  .transform((value) =>
    (typeof value === 'string' ? value.split(',') : value)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  );
/** Whether or not. */
export const flag = z.union(
  [z.boolean(), z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1')],
  { error: 'expected true or false' },
);
/** One of some names. */
export const oneOf = <const T extends readonly string[]>(...names: T) =>
  z.enum(names, { error: `expected one of ${names.join(', ')}` });
/** Text that is not empty. */
export const text = z.string().min(1, { error: 'expected some text' });
/** Text, or none. Anew each time: where a setting comes from is registered for the very schema. */
export const optionalText = () => z.string().trim().default('');
/** A share, as a number or as text. */
export const share = number(0, 1, 'a number', /^\d*\.?\d+$/);
