import { create, type DescMessage, isMessage, type Message, type MessageInitShape } from '@bufbuild/protobuf';
import { shallowCopy } from '../pipeline/fields.ts';
import type { MethodPlan } from '../pipeline/method-plan.ts';

/** A request that the pipeline may fill in without the client's noticing. */
export function ownRequest<Desc extends DescMessage>(
  plan: MethodPlan,
  desc: Desc,
  input: MessageInitShape<Desc>,
): Message {
  const message: Message = create(desc, input);
  return plan.principal !== undefined && isMessage(input) ? shallowCopy(message) : message;
}
