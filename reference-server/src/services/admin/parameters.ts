import { type FailureDetail, refuse } from '@traffic-tacos/server';

/** What a parameter may be: a check that says what would be right, or nothing when it is. */
export interface Parameter {
  readonly name: string;
  readonly isNeeded?: boolean;
  /** Such as `expected true or false`. */
  readonly expected: string;
  fits(value: string): boolean;
}

const ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** The id of an event. */
export const eventId = (isNeeded: boolean): Parameter => ({
  name: 'event_id',
  isNeeded,
  expected: 'expected the id of an event',
  fits: (value) => ID.test(value),
});

/** Whether or not. */
export const flag = (name: string): Parameter => ({
  name,
  expected: 'expected true or false',
  fits: (value) => value === 'true' || value === 'false',
});

/** One of some names. */
export const oneOf = (name: string, names: readonly string[]): Parameter => ({
  name,
  isNeeded: true,
  expected: `expected one of ${names.join(', ')}`,
  fits: (value) => names.includes(value),
});

/** Text that is not empty. */
export const someText = (name: string): Parameter => ({
  name,
  isNeeded: true,
  expected: 'expected some text',
  fits: (value) => value !== '',
});

/** A whole number within bounds. */
export const whole = (name: string, min: number, max: number): Parameter => ({
  name,
  isNeeded: true,
  expected: `expected a whole number from ${min} to ${max}`,
  fits: (value) => /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max,
});

/**
 * Checks parameters against what there is.
 *
 * @throws CallFailure INVALID_ARGUMENT that names each one that is missing, unknown or wrong.
 */
export function checkParameters(
  given: Readonly<Record<string, string>>,
  known: readonly Parameter[],
  what: string,
): void {
  const wrong: { readonly text: string; readonly detail: FailureDetail }[] = [];
  for (const { name, isNeeded, expected, fits } of known) {
    const value = given[name];
    const field = `parameters["${name}"]`;
    if (value === undefined) {
      if (isNeeded) {
        wrong.push({ text: `${field} is missing: ${expected}`, detail: { field, reason: 'MISSING' } });
      }
    } else if (!fits(value)) {
      wrong.push({
        text: `${field} is "${value}": ${expected}`,
        detail: { field, reason: 'INVALID_VALUE', value },
      });
    }
  }
  const names = known.map(({ name }) => name);
  for (const name of Object.keys(given).filter((key) => !names.includes(key))) {
    const field = `parameters["${name}"]`;
    const expected = names.length === 0 ? 'none' : names.join(', ');
    wrong.push({
      text: `${field} is unknown: ${what} takes ${expected}`,
      detail: { field, reason: 'UNKNOWN_PARAMETER', value: name },
    });
  }
  if (wrong.length > 0) {
    throw refuse(
      'INVALID_ARGUMENT',
      wrong.map(({ text }) => text).join('; '),
      wrong.map(({ detail }) => detail),
    );
  }
}
