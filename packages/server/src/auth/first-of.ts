import type { Authenticate, AuthenticationRequest, Caller } from '../caller.ts';

/**
 * Asks several authenticators in their order; the first one that knows the caller decides. One that refuses the
 * credentials ends the search: nobody falls back from a token that is not valid.
 */
export function firstOf(...authenticators: readonly Authenticate[]): Authenticate {
  const ask = (request: AuthenticationRequest, from: number): ReturnType<Authenticate> => {
    for (let index = from; index < authenticators.length; index++) {
      const answer = authenticators[index]?.(request);
      if (answer instanceof Promise) {
        return answer.then((caller): Caller | undefined | Promise<Caller | undefined> =>
          caller === undefined ? ask(request, index + 1) : caller,
        );
      }
      if (answer !== undefined) {
        return answer;
      }
    }
    return undefined;
  };
  return (request) => ask(request, 0);
}
