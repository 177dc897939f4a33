/**
 * The `reason` of a ReleaseHold that is to tidy up after a hold whose time is over, as the contract has it: the inventory
 * releases nothing that still runs, whatever its caller has read before.
 */
export const HOLD_LAPSED = 'HOLD_LAPSED';
