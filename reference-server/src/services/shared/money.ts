import { create } from '@bufbuild/protobuf';
import { type Money, MoneySchema } from '@traffic-tacos/contracts/common/v1';

/** An amount in the smallest unit of a currency, as the contract says it. */
export function moneyOf(amount: number, currency: string): Money {
  return create(MoneySchema, { amount: BigInt(amount), currency });
}

/** For people: `50000 KRW`. */
export function moneyText(money: { readonly amount: bigint | number; readonly currency: string }): string {
  return `${money.amount} ${money.currency}`;
}
