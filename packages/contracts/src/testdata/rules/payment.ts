import {
  CancelPaymentRequestSchema,
  CreatePaymentIntentRequestSchema,
  GetPaymentStatusRequestSchema,
  ListPaymentsRequestSchema,
  PaymentMethod,
  PaymentScenario,
  PaymentStatus,
  ProcessPaymentRequestSchema,
  SimulateWebhookRequestSchema,
} from '@traffic-tacos/contracts/payment/v1';
import {
  enumOf,
  form,
  id,
  idList,
  key,
  type Limit,
  optional,
  optionalId,
  range,
  upTo,
  user,
  within,
} from './limit.ts';
import { type RequestCases, request } from './request.ts';
import { money, origin, pagination } from './types.ts';

const url = (length: number): string => `https://example.com/${'x'.repeat(length - 20)}`;

/** Where the simulator posts to. Which of these may be called is the server's to decide. */
export const webhookUrl: Limit = {
  good: ['', 'https://example.com/hooks', 'http://127.0.0.1:9000/hook?a=b', 'https://[::1]/', url(2048)],
  bad: [
    ['/hooks', 'string.uri'],
    ['example.com', 'string.uri'],
    ['https://exa mple.com', 'string.uri'],
    ['https://example.com/\n', 'string.uri'],
    [url(2049), 'string.max_len'],
  ],
};

const name = optional(form(['Kim Minji', '김민지', 'x'.repeat(255)], ['x'.repeat(256), 'a\nb']));

const card = {
  cardNumber: form(
    ['4242424242424242', '1'.repeat(12), '1'.repeat(19)],
    ['', '1'.repeat(11), '1'.repeat(20), '4242 4242 4242 4242', '４２４２４２４２４２４２'],
  ),
  expiryMonth: form(['1', '01', '9', '10', '12'], ['', '0', '00', '13', '001', 'Jan']),
  expiryYear: form(['30', '2030'], ['', '3', '1999', '2100', '20300']),
  cardholderName: name,
  cvv: optional(form(['123', '1234'], ['12', '12345', 'abc'])),
};

/** What a buyer pays with. */
export const paymentDetails: Limit = within({
  method: enumOf(PaymentMethod),
  creditCard: within(card, { cardNumber: '4242424242424242', expiryMonth: '12', expiryYear: '30' }),
  bankTransfer: within(
    {
      bankCode: optional(form(['004', 'DEUTDEFF', 'a_b-c'], ['x'.repeat(33), 'a b', 'a/b'])),
      accountNumber: form(
        ['123-456-7890', 'DE89 3704 0044 0532 0130 00'],
        ['', '123', '1'.repeat(43), '12_34'],
      ),
      accountHolder: name,
    },
    { accountNumber: '1234567890' },
  ),
  mobilePay: within(
    {
      provider: form(['kakaopay', '삼성페이', 'x'.repeat(64)], ['', 'x'.repeat(65), 'a\u0000']),
      mobileNumber: optional(
        form(['+82 10-1234-5678', '12345'], ['1234', '+', '1+2345', '1'.repeat(25), 'call me']),
      ),
    },
    { provider: 'kakaopay' },
  ),
});

const creditCard = { cardNumber: '4242424242424242', expiryMonth: '12', expiryYear: '30' };
const bankTransfer = { accountNumber: '1234567890' };
const mobilePay = { provider: 'kakaopay' };
const TWO_KINDS = 'payment_details payment_details.one_kind';

export const paymentRules: readonly RequestCases[] = [
  request(
    CreatePaymentIntentRequestSchema,
    { reservationId: 'res_1' },
    {
      reservationId: id,
      amount: money,
      userId: user,
      method: enumOf(PaymentMethod),
      scenario: enumOf(PaymentScenario),
      webhookUrl,
      idempotencyKey: key,
      metadata: within({ ...origin, scenario: enumOf(PaymentScenario) }),
    },
    { invalid: [[{}, 'reservation_id string.pattern']] },
  ),
  request(
    ProcessPaymentRequestSchema,
    { paymentIntentId: 'pi_1' },
    { paymentIntentId: id, paymentDetails, idempotencyKey: key },
    {
      valid: [{ paymentIntentId: 'pi_1', paymentDetails: { method: PaymentMethod.DEBIT_CARD, creditCard } }],
      invalid: [
        [{ paymentIntentId: 'pi_1', paymentDetails: { creditCard, bankTransfer } }, TWO_KINDS],
        [{ paymentIntentId: 'pi_1', paymentDetails: { creditCard, mobilePay } }, TWO_KINDS],
        [{ paymentIntentId: 'pi_1', paymentDetails: { bankTransfer, mobilePay } }, TWO_KINDS],
      ],
    },
  ),
  request(GetPaymentStatusRequestSchema, { paymentIntentId: 'pi_1' }, { paymentIntentId: id, userId: user }),
  request(
    CancelPaymentRequestSchema,
    { paymentIntentId: 'pi_1' },
    { paymentIntentId: id, reason: upTo(1000), idempotencyKey: key, seatIds: idList(10) },
    {
      valid: [{ paymentIntentId: 'pi_1', refundAmount: { amount: 1n, currency: 'KRW' } }],
      invalid: [
        [
          { paymentIntentId: 'pi_1', refundAmount: { amount: 0n, currency: 'KRW' } },
          'refund_amount cancel_payment.refund_amount_positive',
        ],
        [
          { paymentIntentId: 'pi_1', refundAmount: { amount: -1n, currency: 'KRW' } },
          'refund_amount.amount int64.gte',
        ],
        [{ paymentIntentId: 'pi_1', refundAmount: { amount: 1n } }, 'refund_amount.currency string.pattern'],
      ],
    },
  ),
  request(
    ListPaymentsRequestSchema,
    {},
    { userId: user, status: enumOf(PaymentStatus), reservationId: optionalId, pagination },
  ),
  request(
    SimulateWebhookRequestSchema,
    { paymentIntentId: 'pi_1' },
    {
      paymentIntentId: id,
      targetStatus: enumOf(PaymentStatus, PaymentStatus.PENDING),
      delaySeconds: range(0, 86_400),
      idempotencyKey: key,
    },
  ),
];
