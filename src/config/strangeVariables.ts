/** Variables of the environment that an operator may believe to be settings, although they have no effect. */
import { variableNames } from './names.ts'
import { nearestSetting } from './nearestSetting.ts'
import { REFERENCE_VARIABLES } from './referenceVariables.ts'

/** A variable without effect. Its value is not shown, because it may be a secret. */
export type StrangeVariable =
  | {
      readonly type: 'reference'
      readonly variable: string
      /** What to use instead. */
      readonly instead: string
    }
  | {
      readonly type: 'misspelt'
      readonly variable: string
      /** The setting that was probably meant. */
      readonly nearest: string
    }

/** @returns the variables of the reference gateway that are no settings, and those that look like a misspelt setting */
export function strangeVariables(
  environment: Readonly<Record<string, string | undefined>>,
): readonly StrangeVariable[] {
  return Object.entries(environment).flatMap(([variable, text]): readonly StrangeVariable[] => {
    if (variableNames.includes(variable) || text === undefined || text.trim() === '') return []
    const instead = REFERENCE_VARIABLES[variable]
    if (instead !== undefined) return [{ type: 'reference', variable, instead }]
    const nearest = nearestSetting(variable, variableNames)
    return nearest === null ? [] : [{ type: 'misspelt', variable, nearest }]
  })
}
