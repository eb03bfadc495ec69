import { holdSeeds } from './hold.ts'

holdSeeds(2)
