/** The program that `report` runs unless told. */
export const DEFAULT_PROGRAM = 'scheduling/runqlat';
