import type { DescMethod } from '@bufbuild/protobuf';

/**
 * Which calls that were answered with `OK` get a line: all, none, or a share between 0 and 1. Every other call gets
 * one, whatever is set. A share is decided by the trace id: a call and the calls it leads to are shown together.
 */
export type AccessLog = 'all' | 'failures' | number;

/** The same for all methods, or by method. */
export type AccessLogOption = AccessLog | ((method: DescMethod) => AccessLog);

/** What `accessLog` says of a method, as a share. @throws RangeError for what is none of its values */
export function shareOf(option: AccessLogOption | undefined, method: DescMethod): number {
  const value = typeof option === 'function' ? option(method) : (option ?? 'all');
  const share = value === 'all' ? 1 : value === 'failures' ? 0 : value;
  if (!(typeof share === 'number' && share >= 0 && share <= 1)) {
    throw new RangeError(
      `accessLog is ${JSON.stringify(value)} for ${method.parent.typeName}/${method.name}; ` +
        'expected all, failures, or a number from 0 to 1',
    );
  }
  return share;
}
