import {
  create,
  type DescMessage,
  type Message,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';

/**
 * A message of one type with the fields that a message of another type has under the same names. The gateway's
 * messages mirror those of the services behind it; what differs is given beside.
 */
export function sameFields<D extends DescMessage>(
  schema: D,
  from: Message,
  differing: Partial<MessageInitShape<D>> = {},
): MessageShape<D> {
  const init: Record<string, unknown> = {};
  for (const { localName } of schema.fields) {
    const value = (from as unknown as Record<string, unknown>)[localName];
    if (value !== undefined && !Object.hasOwn(differing, localName)) {
      init[localName] = value;
    }
  }
  return create(schema, { ...init, ...differing } as MessageInitShape<D>);
}
