import { type DescEnum, type DescField, type DescMessage, isFieldSet, ScalarType } from '@bufbuild/protobuf';
import * as rules from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { regexMatch } from './regex.ts';

/** Whether a value surely keeps the rules of its field. */
export type Keeps = (value: unknown) => boolean;

/** Compiles the rules of a field, or of the entries of a list; `undefined` for rules that only a validator knows. */
export function keptRule(field: DescField, { type }: rules.FieldRules): Keeps | undefined {
  switch (type.case) {
    case 'string':
      return field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING
        ? stringRule(type.value)
        : undefined;
    case 'int32':
      return field.fieldKind === 'scalar' &&
        field.scalar === ScalarType.INT32 &&
        hasOnly(type.value, rules.Int32RulesSchema, ['gte', 'lte'])
        ? within('number', type.value)
        : undefined;
    case 'int64':
      return field.fieldKind === 'scalar' &&
        field.scalar === ScalarType.INT64 &&
        hasOnly(type.value, rules.Int64RulesSchema, ['gte', 'lte'])
        ? within('bigint', type.value)
        : undefined;
    case 'enum':
      return field.fieldKind === 'enum' ? enumRule(field.enum, type.value) : undefined;
    case 'repeated':
      return listRule(field, type.value);
    default:
      return undefined;
  }
}

/** Whether a message of rules says nothing but what is in a list. */
export function hasOnly<D extends DescMessage>(
  message: object,
  schema: D,
  names: readonly string[],
): boolean {
  const own = message as Parameters<typeof isFieldSet>[0];
  return (
    own.$unknown === undefined &&
    schema.fields.every((field) => names.includes(field.localName) || !isFieldSet(own, field))
  );
}

type Bounds = Pick<rules.Int32Rules | rules.Int64Rules, 'greaterThan' | 'lessThan'>;

function within(kind: 'number' | 'bigint', { greaterThan, lessThan }: Bounds): Keeps | undefined {
  const least = greaterThan.case === 'gte' ? greaterThan.value : Number.NEGATIVE_INFINITY;
  const most = lessThan.case === 'lte' ? lessThan.value : Number.POSITIVE_INFINITY;
  // Bounds the wrong way round mean what lies outside of them.
  return least > most
    ? undefined
    : (value) => typeof value === kind && (value as number) >= least && (value as number) <= most;
}

function enumRule({ values }: DescEnum, own: rules.EnumRules): Keeps | undefined {
  if (!hasOnly(own, rules.EnumRulesSchema, ['definedOnly', 'notIn'])) {
    return undefined;
  }
  const refused = new Set(own.notIn);
  const known = new Set(values.map(({ number }) => number).filter((number) => !refused.has(number)));
  return (value) => known.has(value as number);
}

function listRule(field: DescField, own: rules.RepeatedRules): Keeps | undefined {
  const { items } = own;
  if (
    field.fieldKind !== 'list' ||
    field.listKind !== 'scalar' ||
    field.scalar !== ScalarType.STRING ||
    !hasOnly(own, rules.RepeatedRulesSchema, ['minItems', 'maxItems', 'unique', 'items']) ||
    (items !== undefined &&
      (items.type.case !== 'string' || !hasOnly(items, rules.FieldRulesSchema, ['string'])))
  ) {
    return undefined;
  }
  const keeps = items?.type.case === 'string' ? stringRule(items.type.value) : isString;
  const isSet = (name: 'maxItems'): boolean => isFieldSet(own, rules.RepeatedRulesSchema.field[name]);
  const most = isSet('maxItems') ? Number(own.maxItems) : Number.POSITIVE_INFINITY;
  const { unique } = own;
  return (
    keeps &&
    ((value) =>
      Array.isArray(value) &&
      value.length >= Number(own.minItems) &&
      value.length <= most &&
      value.every(keeps) &&
      (!unique || value.length < 2 || new Set(value).size === value.length))
  );
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function stringRule(own: rules.StringRules): Keeps | undefined {
  if (!hasOnly(own, rules.StringRulesSchema, ['minLen', 'maxLen', 'pattern'])) {
    return undefined;
  }
  const isSet = (name: 'minLen' | 'maxLen' | 'pattern'): boolean =>
    isFieldSet(own, rules.StringRulesSchema.field[name]);
  // Lengths are those in characters, of which one takes up to two units of a string.
  const minUnits = isSet('minLen') ? Number(own.minLen) * 2 - 1 : 0;
  const maxUnits = isSet('maxLen') ? Number(own.maxLen) : Number.POSITIVE_INFINITY;
  const { pattern } = own;
  const matches = isSet('pattern') ? (value: string): boolean => regexMatch(pattern, value) : undefined;
  return (value) =>
    typeof value === 'string' &&
    value.length >= minUnits &&
    value.length <= maxUnits &&
    (matches === undefined || matches(value));
}
