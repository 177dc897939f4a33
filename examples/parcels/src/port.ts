import { parseArgs } from 'node:util';

/**
 * The port of a command line, 9000 without one.
 *
 * @param end - is told what is wrong with it
 */
export function portOf(args: string[], end: (why: unknown) => never): number {
  let given: string;
  try {
    given = parseArgs({ args, options: { port: { type: 'string', default: '9000' } } }).values.port;
  } catch (reason) {
    return end(reason);
  }
  return /^\d{1,5}$/.test(given) && Number(given) <= 65_535
    ? Number(given)
    : end(`--port is "${given}"; expected a number from 0 to 65535`);
}
