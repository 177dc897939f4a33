import { expect, test } from 'vitest';
import { completeOptions, defaultOptions, type Http2Options } from './options.ts';

test('what is left out is the default', () => {
  expect(completeOptions()).toEqual(defaultOptions);
  expect(completeOptions({ resetBurst: 5 })).toEqual({ ...defaultOptions, resetBurst: 5 });
  const nothing = { maxFrameBytes: undefined } as object;
  expect(completeOptions({ resetBurst: 5, ...nothing })).toEqual({ ...defaultOptions, resetBurst: 5 });
});

test.each([
  ['maxFrameBytes', 16_383],
  ['maxFrameBytes', 2 ** 24],
  ['connectionWindowBytes', 65_534],
  ['initialWindowBytes', 0],
  ['initialWindowBytes', 2 ** 31],
  ['lingerMs', Number.NaN],
])('%s is not %d', (name, value) => {
  expect(() => completeOptions({ [name]: value })).toThrow(`${name} is ${value}; expected a number from`);
});

test.each([
  ['maxFrameBytes', '16384', 'a number'],
  ['maxConcurrentStreams', null, 'a number'],
  ['enableConnectProtocol', 1, 'a boolean'],
])('%s is not the %j of another type', (name, value, expected) => {
  const options = { [name]: value } as Partial<Http2Options>;
  expect(() => completeOptions(options)).toThrow(new TypeError(`${name} is ${value}; expected ${expected}`));
});

test('an option that there is not is named', () => {
  expect(() => completeOptions({ maxStreams: 5 } as Partial<Http2Options>)).toThrow(
    'maxStreams is no option',
  );
});
