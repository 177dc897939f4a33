import type { HttpCall, HttpReader, HttpReceiver } from '../dispatch/index.ts';

/** Something behind the port that takes requests on by their heads. */
export interface Door {
  /**
   * @param trailers - whether the engine can send trailers
   * @returns what receives the request's body, or `undefined` for a request that is not for this door
   */
  accept(http: HttpCall, trailers: boolean): HttpReceiver | HttpReader | undefined;
}

/** The door of a server, which takes every request on. */
export interface Front {
  /** @param trailers - whether the engine can send trailers */
  accept(http: HttpCall, trailers: boolean): HttpReceiver | HttpReader;
}

/** The first door that takes a request on. */
export function doorsInOrder(...doors: readonly (Door | undefined)[]): Door {
  const present = doors.filter((door) => door !== undefined);
  return {
    accept: (http, trailers) => {
      for (const door of present) {
        const receiver = door.accept(http, trailers);
        if (receiver !== undefined) {
          return receiver;
        }
      }
      return undefined;
    },
  };
}
