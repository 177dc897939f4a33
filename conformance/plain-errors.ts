import type { ErrorModel } from '@traffic-tacos/server';

/**
 * The errors of a contract that adds nothing to a status: the suite compares details one by one, and expects those
 * that the service under test set.
 */
export const plainErrors: ErrorModel = {
  message: undefined,
  row: () => undefined,
  rowOfStatus: () => undefined,
  build: () => {
    throw new TypeError('A contract without an error message has none to build');
  },
  rowIn: () => undefined,
  stamp: () => undefined,
  details: () => [],
};
