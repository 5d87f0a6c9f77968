"""What our pages say of others' work, as data: what was read of each source, and what was not.

Add the section when you have read it; until then a statement is from memory and gets no verdict.
Abstracts, the authors' own posts and their code were read for the citations below; where only
somebody else's summary of a paper was at hand, the statement counts as from memory.
"""

from benchmarks.harness.statements import Statement

_PAPER = "Leike et al. 2017, AI Safety Gridworlds"
_POST = "Leike, Krakovna and Orseau 2017, Specifying AI safety problems in simple environments"
_CODE = "AI Safety Gridworlds, its code"

OFF_SWITCH = Statement(
    "A2C learns to press the button that disables its interruption, and Rainbow goes straight to "
    "the goal",
    _POST,
    "section 1",
)
EXECUTED = Statement(
    "for this result Rainbow has to learn on the action that was executed, not on the one that it "
    "chose",
    _PAPER,
)
INTERRUPTIBLE = Statement(
    "some agents, like Q-learning, are safely interruptible as they are, by learning off-policy; "
    "others, like Sarsa, can easily be made so",
    "Orseau and Armstrong 2016, Safely Interruptible Agents",
    "abstract",
)
OFF_SWITCH_GAME = Statement(
    "an agent that takes its reward function for granted has an incentive to disable its "
    "off-switch, unless the human is perfectly rational; to keep it, an agent must be uncertain "
    "about the utility and treat the human's actions as observations about it",
    "Hadfield-Menell, Dragan, Abbeel and Russell 2017, The Off-Switch Game",
    "abstract",
)
SIDE_EFFECTS = Statement(
    "A2C and Rainbow both take irreversible actions: the box is pushed into the corner",
    _POST,
    "section 2",
)
SHIFT = Statement(
    "A2C and Rainbow both generalise poorly to the test, in which the lava has moved",
    _POST,
    "section 3",
)
SHIFT_RETURNS = Statement("mean returns in the test are -72.5 for Rainbow, -78.5 for A2C", _PAPER)
HIGH_REWARD = Statement("A2C and Rainbow reach a high reward and a low performance here", _PAPER)
WHISKY = Statement(
    "Rainbow DQN drinks the whisky and Rainbow Sarsa avoids it; A2C, which has no rate of "
    "exploration to change, was not judged",
    _PAPER,
)
WHISKY_CODE = Statement(
    "the environment replaces the actions of human players only; an agent is told its new rate of "
    "exploration, and exploring is left to the agent",
    _CODE,
    "environments/whisky_gold.py",
)
FRIEND_FOE = Statement(
    "every room was trained apart; A2C is near the best stationary policy in all three, Rainbow in "
    "the friend's room, and in the foe's Rainbow lives on its exploration until that has faded",
    _PAPER,
)
ISLAND = Statement(
    "both learners find the way, and enter the water more than a hundred times, counted over all "
    "of training",
    _PAPER,
)
_KRAKOVNA_CODE = (
    "Krakovna et al. 2019, Penalizing Side Effects using Stepwise Relative Reachability, its code"
)
CONVEYOR = Statement(
    "the agents are tabular Q-learners with penalties for side effects",
    _KRAKOVNA_CODE,
    "side_effects_penalties/README.md",
)
PENALTIES = Statement(
    "states are boards; attainable utility takes ten random utility functions; the step that ends "
    "an episode is not charged; stepwise penalties compare discounted rollouts of no-ops",
    _KRAKOVNA_CODE,
    "side_effects_penalties/side_effects_penalty.py and agent.py",
)
OFFSETTING = Statement(
    "with the inaction baseline agents put the vase back; with the starting state they take the "
    "sushi off the belt; stepwise inaction does neither",
    "Krakovna et al. 2018, Penalizing side effects using stepwise relative reachability",
)
_TURNER = "Turner et al. 2020, Conservative agency via attainable utility preservation"
ATTAINABLE = Statement(
    "a plan has nine steps; the penalty is 1/1.501 times the mean, over thirty random rewards of "
    "the board, of the change in attainable utility, each divided by its baseline; an ended "
    "episode is worth nothing; the planners compare the end of a rollout of no-ops, and of equally "
    "good actions take the first",
    f"{_TURNER}, its code in the forks of mogar and aseembits93",
    "agents/aup.py, agents/model_free_aup.py, experiments/environment_helper.py",
)
ABLATION = Statement(
    "of six rows only the stepwise penalty with rollouts has the best outcome in all five rooms",
    _TURNER,
)
ROCKS = Statement(
    "the environment was added in August 2019, after the paper", _CODE, "CHANGES.md, version 1.4"
)

_HUGHES = "Hughes et al. 2018, Inequity aversion improves cooperation"
DEPLETION = Statement(
    "self-interested independent learners deplete the commons",
    "Perolat et al. 2017, A multi-agent reinforcement learning model of common-pool resource "
    "appropriation",
)
INEQUITY = Statement(
    "inequity aversion promotes cooperation in several types of sequential social dilemma",
    _HUGHES,
    "abstract",
)
ENVY_OR_GUILT = Statement(
    "in Harvest it is envy that helps, by punishing defectors; in Cleanup it is guilt, and "
    "self-interested learners do not clean",
    _HUGHES,
)
INEQUITY_SIZES = Statement(
    "inequity aversion is trained on Harvest with alpha 5 and beta .05",
    "Vinitsky et al. 2019, sequential_social_dilemma_games",
    "README.md",
)
OVERUSE = Statement("a pasture that is open to all is overgrazed", "Hardin 1968")
CONTRACTS = Statement(
    "with a rich enough space of contracts on transfers of reward, all subgame-perfect equilibria "
    "of a fully observed Markov game are socially optimal, and learners reach such policies",
    "Christoffersen, Haupt and Hadfield-Menell 2023, Get It in Writing",
    "abstract",
)
RACE = Statement(
    "more teams and more enmity raise the danger, especially if risk-taking is more important than "
    "skill; so does knowing more about each other's capabilities",
    "Armstrong, Bostrom and Shulman 2016, Racing to the precipice",
    "abstract",
)
RACE_SPREAD = Statement(
    "in the symmetric equilibrium the wider capabilities are spread, the fewer disasters there are",
    "Armstrong, Bostrom and Shulman 2016, Racing to the precipice",
)

_FOERSTER = "Foerster et al. 2018, Learning with Opponent-Learning Awareness"
NAIVE_DEFECT = Statement(
    "independent learners do not come to cooperate in the iterated prisoner's dilemma",
    _FOERSTER,
    "abstract",
)
TIT_FOR_TAT = Statement(
    "two LOLA learners come to play tit for tat, and therefore to cooperate", _FOERSTER, "abstract"
)
NAIVE_PAID = Statement("naive learners are paid -1.98 a step", _FOERSTER)
LOLA_PAID = Statement("LOLA learners are paid -1.06 a step", _FOERSTER)
LOLA_SETTINGS = Statement(
    "exact gradients are climbed with gamma .96, both rates 1, 200 updates, from logits of a "
    "standard normal distribution",
    f"{_FOERSTER}, its code",
    "scripts/run_lola.py and lola/train_exact.py",
)

_CALVANO = (
    "Calvano, Calzolari, Denicolò and Pastorello 2020, Artificial Intelligence, Algorithmic "
    "Pricing, and Collusion"
)
HIGH_PRICES = Statement(
    "Q-learners consistently learn to charge prices above the competitive ones, without "
    "communicating",
    _CALVANO,
    "abstract",
)
PRICE_WAR = Statement(
    "these prices are sustained by a finite phase of punishment, followed by a gradual return to "
    "cooperation",
    _CALVANO,
    "abstract",
)
ROBUST_COLLUSION = Statement(
    "this finding is robust to asymmetries in cost or demand, changes in the number of players, "
    "and various forms of uncertainty",
    _CALVANO,
    "abstract",
)
PROFIT_GAIN = Statement("the mean profit gain is near .85 with these settings", _CALVANO)

PHASE_TRANSITION = Statement(
    "more capable agents often reach a higher proxy reward and a lower true one, and there are "
    "capability thresholds at which behaviour shifts and the true reward falls sharply; with "
    "larger models the car that should merge stops instead",
    "Pan, Bhatia and Steinhardt 2022, The Effects of Reward Misspecification",
    "abstract and figure 1",
)
DETECTION_TASK = Statement(
    "such shifts make monitoring hard; an anomaly detection task for aberrant policies is "
    "proposed, with several baseline detectors",
    "Pan, Bhatia and Steinhardt 2022, The Effects of Reward Misspecification",
    "abstract",
)
_LANGOSCO = "Langosco et al. 2022, Goal Misgeneralization in Deep Reinforcement Learning"
WRONG_GOAL = Statement(
    "goal misgeneralisation is to retain one's capabilities out of distribution and pursue the "
    "wrong goal",
    _LANGOSCO,
    "abstract",
)
COIN_MIX = Statement(
    "the flag --random_percent, the share of levels with the coin at a random place, is CoinRun's; "
    "keys and chests come as two environments, many chests and many keys, without such a flag",
    f"{_LANGOSCO}, its code",
    "procgenAISC/README.md",
)
COIN_RECOVERY = Statement(
    "with 2 % of such levels the agent pursues the coin far more often", _LANGOSCO
)
MONA = Statement(
    "ordinary reinforcement learning causes multi-step reward hacking, also in longer gridworlds "
    "with sensor tampering; myopic optimisation with non-myopic approval prevents it",
    "Farquhar et al. 2025, MONA: Myopic Optimization with Non-myopic Approval",
    "abstract",
)
DROPBOX_RATES = Statement(
    "in camera dropbox ordinary reinforcement learning hacks in 91.5 % of episodes; with myopic "
    "optimisation and an exact overseer none do, and 99.9 % are as intended",
    "Heath 2026, Extending MONA in Camera Dropbox",
    "abstract",
)
_GAO = "Gao, Schulman and Hilton 2022, Scaling Laws for Reward Model Overoptimization"
OVEROPTIMISATION = Statement(
    "a fixed gold reward labels data, a reward model is trained on it, and optimising that model "
    "too much hinders the gold score; how the two are related depends on the method of "
    "optimisation and, among others, on the size of the data set",
    _GAO,
    "abstract",
)
GOLD_PEAK = Statement(
    "along the square root of the KL divergence the gold score rises to a peak and falls", _GAO
)
STOPPING = Statement(
    "optimising an imperfect proxy often leads to the behaviour that Goodhart's law predicts, and "
    "an early stopping method provably avoids it; it is evaluated by experiments",
    "Karwowski et al. 2023, Goodhart's Law in Reinforcement Learning",
    "abstract",
)
AI_CONTROL = Statement(
    "red-teaming of a protocol is a game with two objectives, safety and usefulness; "
    "Pareto-optimal protocols follow from zero-sum games",
    "Griffin et al. 2024, Games for AI Control",
    "abstract",
)

STATEMENTS = tuple(value for value in vars().values() if isinstance(value, Statement))
