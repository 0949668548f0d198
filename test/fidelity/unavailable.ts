/** Why a comparison cannot be made on this machine: printed, and no failure of what is compared. */
export class Unavailable extends Error {}
