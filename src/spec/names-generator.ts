// Names for containers whose user gives none: a pleasant word and someone who found something out.
const adjectives = `
  able agile airy alert amber ample apt bold brave breezy bright brisk calm candid careful cheerful
  chilly civil clear clever cosy crisp curious daring dazzling deft devoted eager early earnest easy
  elated even fair faithful fearless fleet fond frank fresh frosty gallant generous gentle giddy
  gleaming glad golden graceful grand grateful handy happy hardy hearty helpful honest humble ideal
  jaunty jolly jovial keen kind lively loyal lucid lucky mellow merry mighty mild modest neat nimble
  noble patient placid playful plucky polite prompt proud quaint quick quiet ready rosy serene sharp
  shiny silent silver sincere smiling smooth snug sound spry stately steady sturdy sunny swift tender
  thrifty tidy tranquil trusty upbeat valiant vivid warm watchful wise witty zesty
`
  .trim()
  .split(/\s+/);

const people = `
  abel aiken alhazen ampere anning apgar archimedes aryabhata avicenna avogadro babbage bacon banneker
  banting bartik bell bernoulli berners bessel bhabha bohr bolzano boole borlaug born bose
  boyle brahe braille bunsen burnell cannon cantor cardano carnot carson carver cauchy cavendish
  cayley cerf chandra chatelet church conway copernicus coriolis coulomb cray crick curie cuvier
  dalton darwin davy descartes diesel dijkstra dirac doppler eckert edison ehrlich einstein elion
  eratosthenes erdos euclid euler faraday fermat fermi feynman fibonacci fisher fleming floyd foucault
  fourier franklin fraunhofer fresnel galileo galois galton galvani gauss germain gibbs goddard godel
  goodall grassmann gutenberg haber hadamard halley hamilton hamming harvey hawking heaviside
  heisenberg helmholtz henry hermite herschel hertz hilbert hipparchus hodgkin hooke hopper hubble
  huffman humboldt hutton huxley huygens hypatia jacobi jacquard jenner joule kelvin kepler khayyam
  khwarizmi kirchhoff knuth koch kolmogorov kovalevskaya lagrange lamarr landau laplace lavoisier
  leavitt legendre leibniz linnaeus lorentz lovelace lyell mach maiman mandelbrot marconi
  maxwell mcclintock meitner mendel mendeleev mercator michelson milnor minkowski mirzakhani moebius
  moore morse napier nash nernst newton nobel noether ohm oppenheimer ostrom papin pascal pasteur
  pauli pauling pavlov peano penrose perkins perlman planck poincare poisson priestley ptolemy
  pythagoras quetelet raman ramanujan ramon ritchie roentgen rutherford sagan salk schrodinger shannon
  shockley siemens snell somerville stokes swan tartaglia tesla thales torricelli turing vesalius
  vieta volta wallis watt wegener weierstrass weyl wiener wilkes wright wu yalow young zeno zuse
`
  .trim()
  .split(/\s+/);

/**
 * Such as `calm_noether`. `random` answers a number from 0 up to 1, as Math.random; from the second `attempt` on a
 * digit follows, so that a crowded engine still finds a free name.
 */
export function generateName(random: () => number, attempt = 0): string {
  const name = `${pick(adjectives, random)}_${pick(people, random)}`;
  return attempt === 0 ? name : name + String(Math.floor(random() * 10 ** Math.min(attempt, 9)));
}

function pick(words: string[], random: () => number): string {
  return words[Math.floor(random() * words.length)] ?? "";
}
