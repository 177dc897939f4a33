import type { Message } from '@bufbuild/protobuf';
import { generated, quoted } from './generated.ts';
import type { PlainField, PlainMessage } from './plain-fields.ts';
import { textAt } from './text.ts';
import { varintAt, varintSize } from './varint.ts';

type Decode = (bytes: Uint8Array, start: number) => Message;

/**
 * Makes the code of a decoder: every property has a variable, and the message is made of them at the end, so that all
 * messages of a type have one shape. Undefined where no code may be made.
 *
 * @param otherwise - decodes what is not plain
 */
export function compileDecoder({ empty, fields }: PlainMessage, otherwise: Decode): Decode | undefined {
  const properties = Object.entries(empty);
  const variables = properties.map(([, value], index) => `v${index} = ${quoted(value as string)}`);
  const cases = fields.map((field) => {
    const index = properties.findIndex(([name]) => name === field.name);
    return `case ${field.tag}: ${values[field.kind](`v${index}`)} continue;\n`;
  });
  const source = `return (bytes, start) => {
if (!(bytes instanceof Buffer)) return otherwise(bytes, start);
const end = bytes.length;
let at = start, ${variables.join(', ')};
while (at < end) {
const tag = bytes[at++];
let value = at < end ? bytes[at] : 128;
at += 1;
if (value > 127) {
value = varintAt(bytes, at - 1, end);
if (value < 0) return otherwise(bytes, start);
at += varintSize(value) - 1;
}
switch (tag) {
${cases.join('')}default: return otherwise(bytes, start);
}
}
return { ${properties.map(([name], index) => `${quoted(name)}: v${index}`).join(', ')} };
};`;
  return generated(source, { Buffer, otherwise, textAt, varintAt, varintSize });
}

/** Sets a variable. */
const values: Readonly<Record<PlainField['kind'], (variable: string) => string>> = {
  number: (variable) => `${variable} = value;`,
  flag: (variable) => `${variable} = value !== 0;`,
  big: (variable) => `${variable} = BigInt(value);`,
  text: (variable) => `{
at += value;
const text = at > end ? undefined : textAt(bytes, at - value, at);
if (text === undefined) return otherwise(bytes, start);
${variable} = text; }`,
};
