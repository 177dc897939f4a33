import { type DescField, type DescMessage, getOption, hasOption, isFieldSet } from '@bufbuild/protobuf';
import type { Violation } from '@bufbuild/protovalidate';
import * as options from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

/** Every rule on a message and its fields, each as `message.field rule` or `message rule`. */
export function declaredRules(message: DescMessage): string[] {
  const onMessage = hasOption(message, options.message) ? getOption(message, options.message).cel : [];
  return [
    ...onMessage.map(({ id }) => `${message.typeName} ${id}`),
    ...message.fields
      .filter((field) => hasOption(field, options.field))
      .flatMap((field) => ruleIds(getOption(field, options.field)).map((id) => `${nameOf(field)}${id}`)),
  ];
}

/** The rule that a violation is of, in the same form. */
export function brokenRule(request: DescMessage, { field: path, ruleId, forKey }: Violation): string {
  let field: DescField | undefined;
  let part = '';
  for (const step of path) {
    if (step.kind === 'field') {
      field = step;
      part = '';
    } else {
      part = step.kind === 'map_sub' ? (forKey ? ' keys' : ' values') : ' items';
    }
  }
  const target = field === undefined ? request : field.message;
  const onMessage = target === undefined ? [] : declaredRules(target);
  const ofMessage = `${target?.typeName} ${ruleId}`;
  return field === undefined || onMessage.includes(ofMessage)
    ? ofMessage
    : `${nameOf(field)}${part} ${ruleId}`;
}

function nameOf(field: DescField): string {
  return `${field.parent.typeName}.${field.name}`;
}

type Type = options.FieldRules['type'];

/** ` rule`, or ` items rule` for the elements of a list, ` keys rule` and ` values rule` for those of a map. */
function ruleIds({ required, cel, type }: options.FieldRules): string[] {
  return [
    ...(required ? [' required'] : []),
    ...cel.map(({ id }) => ` ${id}`),
    ...typeRuleIds(type),
    ...nested(type).flatMap(([part, rules]) => ruleIds(rules).map((id) => ` ${part}${id}`)),
  ];
}

function nested(type: Type): [part: string, rules: options.FieldRules][] {
  const parts: [string, options.FieldRules | undefined][] = [];
  if (type.case === 'repeated') {
    parts.push(['items', type.value.items]);
  } else if (type.case === 'map') {
    parts.push(['keys', type.value.keys], ['values', type.value.values]);
  }
  return parts.flatMap(([part, rules]) => (rules === undefined ? [] : [[part, rules]]));
}

function typeRuleIds({ case: name, value: rules }: Type): string[] {
  if (rules === undefined) {
    return [];
  }
  const desc = options.file_buf_validate_validate.messages.find(
    ({ typeName }) => typeName === rules.$typeName,
  );
  const set = (desc?.fields ?? [])
    .filter((field) => field.message?.typeName !== 'buf.validate.FieldRules' && isFieldSet(rules, field))
    .map((field) => field.name);
  const limits = set.filter((rule) => /^[gl]te?$/.test(rule)).sort();
  return [
    // Both limits together are one rule, for example int32.gte_lte.
    ...(limits.length > 0 ? [limits.join('_')] : []),
    ...set.filter((rule) => !limits.includes(rule)),
  ].map((rule) => ` ${name}.${rule}`);
}
