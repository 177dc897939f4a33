/**
 * What a test does where the machine lacks something it needs: it is skipped, with a line that says so, and fails where
 * nothing may be skipped (`TACOS_REQUIRE=all`).
 *
 * @param what - is left out, such as `The Connect conformance suite`
 * @param why - what is missing, and what to do
 * @param skip - of the test's context
 */
export function skipOrFail(what: string, why: string, skip: (note: string) => never): never {
  if (process.env.TACOS_REQUIRE === 'all') {
    throw new Error(`${what} cannot be skipped, for TACOS_REQUIRE is "all". ${why}`);
  }
  process.stderr.write(`${what} was skipped. ${why}\n`);
  return skip(why);
}
