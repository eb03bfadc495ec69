/** A bar: a value as a share of a total. */
export function Meter({ value, of }: { value: number; of: number }) {
  return (
    <span class="meter" aria-hidden="true">
      <i style={{ width: `${Math.min(100, (100 * value) / (of || 1))}%` }} />
    </span>
  )
}
