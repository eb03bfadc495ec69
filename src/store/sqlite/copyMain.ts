/** Entry of the process that copies a database for `backup.ts`. Arguments: the database, and the copy. */
import { copyAndCheck } from './copy.ts'
import { packError } from './packedError.ts'

export type CopyResult =
  | { readonly contents: ReturnType<typeof copyAndCheck> }
  | { readonly error: ReturnType<typeof packError> }

const [path = '', draft = ''] = process.argv.slice(2)
process.send?.(copy() satisfies CopyResult)

function copy(): CopyResult {
  try {
    return { contents: copyAndCheck(path, draft) }
  } catch (error) {
    return { error: packError(error) }
  }
}
