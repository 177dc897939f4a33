import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { errorModel } from '../../errors/error-model.ts';
import { MailErrorCauseSchema, MailErrorCodeSchema, MailErrorSchema } from '../gen/mail/v1/mail_pb.js';

/** The full descriptors of the tests' contracts, HTTP rules and comments included. */
export const registry: FileRegistry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, readFileSync(new URL('../gen/descriptor.binpb', import.meta.url))),
);

/** The errors of the mailbox. */
export const mailErrors = errorModel({
  error: MailErrorSchema,
  detail: MailErrorCauseSchema,
  codes: MailErrorCodeSchema,
});

/** A message of `mail.v1` with all its options. */
export function messageOf(name: string): DescMessage {
  const found = registry.getMessage(`mail.v1.${name}`);
  if (found === undefined) {
    throw new Error(`mail.v1.${name} is missing in the descriptors of the tests`);
  }
  return found;
}

/** The methods of a service of `mail.v1` with all their options. */
export function methodsOf(service: string): readonly DescMethod[] {
  const found = registry.getService(`mail.v1.${service}`);
  if (found === undefined) {
    throw new Error(`mail.v1.${service} is missing in the descriptors of the tests`);
  }
  return found.methods;
}

/** A call at a fixed time. */
export const call = { path: '/v1/x', traceId: 'f'.repeat(32), now: Date.UTC(2025, 0, 31, 12) };
