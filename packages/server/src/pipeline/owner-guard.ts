import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { fieldPolicyOf, markedFields } from '@traffic-tacos/policy';
import { fieldsOf, shallowCopy } from './fields.ts';
import { isPlainString } from './marks.ts';

/**
 * Holds back what is not the caller's. Gives the message back, without the entries of lists and maps that
 * belong to others, or `undefined` when the message itself, or a message right inside it, is another's.
 */
export type OwnerGuard = (message: Message, userId: string | undefined) => Message | undefined;

type Check = (message: Message, userId: string | undefined) => Message | undefined;

/**
 * The guard of an answer; `undefined` when nothing in it has an owner.
 *
 * @throws Error when a field that is marked as owner is not a string.
 */
export function ownerGuard(answer: DescMessage): OwnerGuard | undefined {
  return compile(answer, new Map());
}

function compile(desc: DescMessage, known: Map<DescMessage, { check?: Check }>): Check | undefined {
  if (markedFields(desc, 'owner').length === 0) {
    return undefined;
  }
  const before = known.get(desc);
  if (before !== undefined) {
    // A message that contains itself: its check exists by the time it is called.
    return (message, userId) => (before.check === undefined ? message : before.check(message, userId));
  }
  const entry: { check?: Check } = {};
  known.set(desc, entry);
  const checks = desc.fields
    .map((field) => compileField(desc, field, known))
    .filter((check) => check !== undefined);
  entry.check = (message, userId) => {
    let checked: Message | undefined = message;
    for (const check of checks) {
      checked = check(checked, userId);
      if (checked === undefined) {
        return undefined;
      }
    }
    return checked;
  };
  return entry.check;
}

function compileField(
  desc: DescMessage,
  field: DescField,
  known: Map<DescMessage, { check?: Check }>,
): Check | undefined {
  if (fieldPolicyOf(field)?.owner === true) {
    if (!isPlainString(field)) {
      throw new Error(`${desc.typeName}: ${field.name} is marked owner; expected a string`);
    }
    return (message, userId) =>
      userId !== undefined && fieldsOf(message)[field.localName] === userId ? message : undefined;
  }
  const inner = field.message && compile(field.message, known);
  if (inner === undefined) {
    return undefined;
  }
  switch (field.fieldKind) {
    case 'list':
      return (message, userId) => {
        const list = fieldsOf(message)[field.localName] as Message[];
        const own = list.map((item) => inner(item, userId)).filter((item) => item !== undefined);
        return list.every((item, index) => item === own[index])
          ? message
          : withField(message, field.localName, own);
      };
    case 'map':
      return (message, userId) => {
        const entries = Object.entries(fieldsOf(message)[field.localName] as Record<string, Message>);
        const own = entries
          .map(([key, item]) => [key, inner(item, userId)] as const)
          .filter(([, item]) => item !== undefined);
        const same =
          own.length === entries.length && entries.every(([, item], index) => item === own[index]?.[1]);
        return same ? message : withField(message, field.localName, Object.fromEntries(own));
      };
    default:
      return field.oneof === undefined
        ? singular(field.localName, inner)
        : memberOf(field.oneof.localName, field.localName, inner);
  }
}

function singular(name: string, inner: Check): Check {
  return (message, userId) => {
    const value = fieldsOf(message)[name] as Message | undefined;
    if (value === undefined) {
      return message;
    }
    const own = inner(value, userId);
    return own === undefined || own === value ? own && message : withField(message, name, own);
  };
}

function memberOf(group: string, name: string, inner: Check): Check {
  return (message, userId) => {
    const found = fieldsOf(message)[group] as { case?: string; value?: unknown };
    if (found.case !== name) {
      return message;
    }
    const own = inner(found.value as Message, userId);
    return own === undefined || own === found.value
      ? own && message
      : withField(message, group, { case: name, value: own });
  };
}

function withField(message: Message, name: string, value: unknown): Message {
  const copy = shallowCopy(message);
  fieldsOf(copy)[name] = value;
  return copy;
}
