"""The works that environments, methods and guides cite, as data."""

from typing import NamedTuple


class Work(NamedTuple):
    """A source.

    Attributes:
        cited: the forms in which it is cited.
        authors: as on the work.
        year: of the version that is cited.
        title: without quotation marks.
        where: the journal, conference or publisher.
        link: an address; empty if there is none that lasts.
    """

    cited: tuple[str, ...]
    authors: str
    year: int
    title: str
    where: str
    link: str = ""


def _arxiv(number: str) -> str:
    return f"https://arxiv.org/abs/{number}"


WORKS = (
    Work(("Agarwal et al. 2021",), "Agarwal, Schwarzer, Castro, Courville, Bellemare", 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice", "NeurIPS", _arxiv("2108.13264")),
    Work(("Alshiekh et al. 2018",), "Alshiekh, Bloem, Ehlers, Könighofer, Niekum, Topcu", 2018, "Safe Reinforcement Learning via Shielding", "AAAI", _arxiv("1708.08611")),
    Work(("Armstrong and O'Rorke 2017",), "Armstrong, O'Rorke", 2017, "Good and safe uses of AI Oracles", "arXiv", _arxiv("1711.05541")),
    Work(("Armstrong, Bostrom and Shulman 2016", "Armstrong et al. 2016"), "Armstrong, Bostrom, Shulman", 2016, "Racing to the precipice: a model of artificial intelligence development", "AI & Society 31", "https://doi.org/10.1007/s00146-015-0590-y"),
    Work(("Astrom 1965",), "Åström", 1965, "Optimal control of Markov processes with incomplete state information", "Journal of Mathematical Analysis and Applications 10"),
    Work(("Bacchus and Kabanza 1998",), "Bacchus, Kabanza", 1998, "Planning for temporally extended goals", "Annals of Mathematics and Artificial Intelligence 22"),
    Work(("Bäuerle and Ott 2011",), "Bäuerle, Ott", 2011, "Markov Decision Processes with Average-Value-at-Risk criteria", "Mathematical Methods of Operations Research 74"),
    Work(("Bostrom 2014",), "Bostrom", 2014, "Superintelligence: Paths, Dangers, Strategies", "Oxford University Press"),
    Work(("Bradley and Terry 1952",), "Bradley, Terry", 1952, "Rank Analysis of Incomplete Block Designs: I. The Method of Paired Comparisons", "Biometrika 39"),
    Work(("TTCP CAGE Working Group 2022",), "TTCP CAGE Working Group", 2022, "CAGE Challenge 2", "code", "https://github.com/cage-challenge/cage-challenge-2"),
    Work(("Calvano et al. 2020", "Calvano, Calzolari, Denicolò, Pastorello 2020", "Calvano, Calzolari, Denicolò and Pastorello 2020"), "Calvano, Calzolari, Denicolò, Pastorello", 2020, "Artificial Intelligence, Algorithmic Pricing, and Collusion", "American Economic Review 110"),
    Work(("Carroll et al. 2022",), "Carroll, Dragan, Russell, Hadfield-Menell", 2022, "Estimating and Penalizing Induced Preference Shifts in Recommender Systems", "ICML", _arxiv("2204.11966")),
    Work(("Christiano et al. 2017",), "Christiano, Leike, Brown, Martic, Legg, Amodei", 2017, "Deep reinforcement learning from human preferences", "NeurIPS", _arxiv("1706.03741")),
    Work(("Christiano et al. 2021",), "Christiano, Cotra, Xu", 2021, "Eliciting Latent Knowledge", "report of the Alignment Research Center"),
    Work(("Christoffersen, Haupt, Hadfield-Menell 2023", "Christoffersen, Haupt and Hadfield-Menell 2023"), "Christoffersen, Haupt, Hadfield-Menell", 2023, "Get It in Writing: Formal Contracts Mitigate Social Dilemmas in Multi-Agent RL", "AAMAS", _arxiv("2208.10469")),
    Work(("Coste et al. 2023",), "Coste, Anwar, Kirk, Krueger", 2023, "Reward Model Ensembles Help Mitigate Overoptimization", "arXiv", _arxiv("2310.02743")),
    Work(("De Giacomo and Vardi 2013",), "De Giacomo, Vardi", 2013, "Linear Temporal Logic and Linear Dynamic Logic on Finite Traces", "IJCAI"),
    Work(("Evans et al. 2021",), "Evans, Cotton-Barratt, Finnveden, Bales, Balwit, Wills, Righetti, Saunders", 2021, "Truthful AI: Developing and governing AI that does not lie", "arXiv", _arxiv("2110.06674")),
    Work(("Everitt et al. 2021",), "Everitt, Hutter, Kumar, Krakovna", 2021, "Reward tampering problems and solutions in reinforcement learning: a causal influence diagram perspective", "Synthese 198", _arxiv("1908.04734")),
    Work(("Farquhar et al. 2025",), "Farquhar, Varma, Lindner, Elson, Biddulph, Goodfellow, Shah", 2025, "MONA: Myopic Optimization with Non-myopic Approval Can Mitigate Multi-step Reward Hacking", "arXiv", _arxiv("2501.13011")),
    Work(("Foerster et al. 2018",), "Foerster, Chen, Al-Shedivat, Whiteson, Abbeel, Mordatch", 2018, "Learning with Opponent-Learning Awareness", "AAMAS", _arxiv("1709.04326")),
    Work(("Gao, Schulman and Hilton 2022", "Gao, Schulman, Hilton 2022", "Gao et al. 2022"), "Gao, Schulman, Hilton", 2022, "Scaling Laws for Reward Model Overoptimization", "arXiv", _arxiv("2210.10760")),
    Work(("Gaskett 2003",), "Gaskett", 2003, "Reinforcement learning under circumstances beyond its control", "CIMCA"),
    Work(("Greenblatt et al. 2024",), "Greenblatt, Shlegeris, Sachan, Roger", 2024, "AI Control: Improving Safety Despite Intentional Subversion", "ICML", _arxiv("2312.06942")),
    Work(("Griffin et al. 2024",), "Griffin, Thomson, Shlegeris, Abate", 2024, "Games for AI Control: Models of Safety Evaluations of AI Deployment Protocols", "arXiv", _arxiv("2409.07985")),
    Work(("Gu et al. 2017",), "Gu, Dolan-Gavitt, Garg", 2017, "BadNets: Identifying Vulnerabilities in the Machine Learning Model Supply Chain", "arXiv", _arxiv("1708.06733")),
    Work(("Hadfield-Menell et al. 2017", "Hadfield-Menell, Dragan, Abbeel and Russell 2017"), "Hadfield-Menell, Dragan, Abbeel, Russell", 2017, "The Off-Switch Game", "IJCAI", _arxiv("1611.08219")),
    Work(("Hanley and McNeil 1982",), "Hanley, McNeil", 1982, "The meaning and use of the area under a receiver operating characteristic (ROC) curve", "Radiology 143"),
    Work(("Hardin 1968",), "Hardin", 1968, "The Tragedy of the Commons", "Science 162"),
    Work(("Hasanbeig et al. 2019",), "Hasanbeig, Kantaros, Abate, Kroening, Pappas, Lee", 2019, "Reinforcement Learning for Temporal Logic Control Synthesis with Probabilistic Satisfaction Guarantees", "CDC", _arxiv("1909.05304")),
    Work(("Heath 2026",), "Heath", 2026, "Extending MONA in Camera Dropbox: Reproduction, Learned Approval, and Design Implications for Reward-Hacking Mitigation", "arXiv", _arxiv("2603.29993")),
    Work(("Hendrycks et al. 2022", "Hendrycks, Carlini, Schulman and Steinhardt 2022"), "Hendrycks, Carlini, Schulman, Steinhardt", 2022, "Unsolved Problems in ML Safety", "arXiv", _arxiv("2109.13916")),
    Work(("Hughes et al. 2018",), "Hughes, Leibo, Phillips and others", 2018, "Inequity aversion improves cooperation in intertemporal social dilemmas", "NeurIPS", _arxiv("1803.08884")),
    Work(("Ivanov, Zisman and Chernyshev 2023",), "Ivanov, Zisman, Chernyshev", 2023, "Mediated Multi-Agent Reinforcement Learning", "AAMAS", _arxiv("2306.08419")),
    Work(("Jiang et al. 2021",), "Jiang, Dennis, Parker-Holder, Foerster, Grefenstette, Rocktäschel", 2021, "Replay-Guided Adversarial Environment Design", "NeurIPS", _arxiv("2110.02439")),
    Work(("Jiang, Grefenstette and Rocktäschel 2021",), "Jiang, Grefenstette, Rocktäschel", 2021, "Prioritized Level Replay", "ICML", _arxiv("2010.03934")),
    Work(("Kaelbling, Littman, Cassandra 1998", "Kaelbling, Littman and Cassandra 1998"), "Kaelbling, Littman, Cassandra", 1998, "Planning and acting in partially observable stochastic domains", "Artificial Intelligence 101"),
    Work(("Kanellakis and Smolka 1990",), "Kanellakis, Smolka", 1990, "CCS expressions, finite state processes, and three problems of equivalence", "Information and Computation 86"),
    Work(("Karwowski et al. 2023",), "Karwowski, Hayman, Bai, Kiendlhofer, Griffin, Skalse", 2023, "Goodhart's Law in Reinforcement Learning", "arXiv", _arxiv("2310.09144")),
    Work(("Kiourti et al. 2020",), "Kiourti, Wardega, Jha, Li", 2020, "TrojDRL: Evaluation of Backdoor Attacks on Deep Reinforcement Learning", "DAC", _arxiv("1903.06638")),
    Work(("Knuth 1969",), "Knuth", 1969, "The Art of Computer Programming, volume 2: Seminumerical Algorithms", "Addison-Wesley"),
    Work(("Krakovna et al. 2018", "Krakovna et al. 2019"), "Krakovna, Orseau, Kumar, Martic, Legg", 2018, "Penalizing side effects using stepwise relative reachability", "arXiv", _arxiv("1806.01186")),
    Work(("Krueger et al. 2020",), "Krueger, Maharaj, Leike", 2020, "Hidden Incentives for Auto-Induced Distributional Shift", "arXiv", _arxiv("2009.09153")),
    Work(("Lanctot et al. 2017",), "Lanctot, Zambaldi, Gruslys and others", 2017, "A Unified Game-Theoretic Approach to Multiagent Reinforcement Learning", "NeurIPS", _arxiv("1711.00832")),
    Work(("Langosco et al. 2022",), "Langosco, Koch, Sharkey, Pfau, Krueger", 2022, "Goal Misgeneralization in Deep Reinforcement Learning", "ICML", _arxiv("2105.14111")),
    Work(("Leibo et al. 2017",), "Leibo, Zambaldi, Lanctot, Marecki, Graepel", 2017, "Multi-agent Reinforcement Learning in Sequential Social Dilemmas", "AAMAS", _arxiv("1702.03037")),
    Work(("Leibo et al. 2021",), "Leibo, Dueñez-Guzmán, Vezhnevets and others", 2021, "Scalable Evaluation of Multi-Agent Reinforcement Learning with Melting Pot", "ICML", _arxiv("2107.06857")),
    Work(("Leike, Krakovna and Orseau 2017",), "Leike, Krakovna, Orseau", 2017, "Specifying AI safety problems in simple environments", "DeepMind"),
    Work(("Leike et al. 2017",), "Leike, Martic, Krakovna, Ortega, Everitt, Lefrancq, Orseau, Legg", 2017, "AI Safety Gridworlds", "arXiv", _arxiv("1711.09883")),
    Work(("Lin et al. 2017",), "Lin, Hong, Liao, Shih, Liu, Sun", 2017, "Tactics of Adversarial Attack on Deep Reinforcement Learning Agents", "IJCAI", _arxiv("1703.06748")),
    Work(("Maskin and Tirole 2001",), "Maskin, Tirole", 2001, "Markov Perfect Equilibrium: I. Observable Actions", "Journal of Economic Theory 100"),
    Work(("McKee et al. 2020",), "McKee, Gemp, McWilliams, Duéñez-Guzmán, Hughes, Leibo", 2020, "Social Diversity and Social Preferences in Mixed-Motive Reinforcement Learning", "AAMAS", _arxiv("2002.02325")),
    Work(("Merton 1948",), "Merton", 1948, "The Self-Fulfilling Prophecy", "The Antioch Review 8"),
    Work(("Mnih et al. 2015",), "Mnih, Kavukcuoglu, Silver and others", 2015, "Human-level control through deep reinforcement learning", "Nature 518"),
    Work(("Monderer and Tennenholtz 2009",), "Monderer, Tennenholtz", 2009, "Strong mediated equilibrium", "Artificial Intelligence 173"),
    Work(("Murphy and Ackermann 2014",), "Murphy, Ackermann", 2014, "Social Value Orientation: Theoretical and Measurement Issues in the Study of Social Preferences", "Personality and Social Psychology Review 18"),
    Work(("Nair et al. 2003",), "Nair, Tambe, Yokoo, Pynadath, Marsella", 2003, "Taming Decentralized POMDPs: Towards Efficient Policy Computation for Multiagent Settings", "IJCAI"),
    Work(("Nesterov-Rappoport (2022)",), "Nesterov-Rappoport", 2022, "Gym-Stag-Hunt", "code", "https://github.com/NullDefault/Gym-Stag-Hunt"),
    Work(("Orseau and Armstrong 2016",), "Orseau, Armstrong", 2016, "Safely Interruptible Agents", "UAI"),
    Work(("Pan, Bhatia, Steinhardt 2022", "Pan, Bhatia and Steinhardt 2022", "Pan et al. 2022"), "Pan, Bhatia, Steinhardt", 2022, "The Effects of Reward Misspecification: Mapping and Mitigating Misaligned Models", "ICLR", _arxiv("2201.03544")),
    Work(("Perdomo et al. 2020",), "Perdomo, Zrnic, Mendler-Dünner, Hardt", 2020, "Performative Prediction", "ICML", _arxiv("2002.06673")),
    Work(("Perolat et al. 2017",), "Perolat, Leibo, Zambaldi, Beattie, Tuyls, Graepel", 2017, "A multi-agent reinforcement learning model of common-pool resource appropriation", "NeurIPS", _arxiv("1707.06600")),
    Work(("Peysakhovich and Lerer 2018",), "Peysakhovich, Lerer", 2018, "Prosocial learning agents solve generalized Stag Hunts better than selfish ones", "AAMAS", _arxiv("1709.02865")),
    Work(("Rockafellar and Uryasev 2000",), "Rockafellar, Uryasev", 2000, "Optimization of Conditional Value-at-Risk", "Journal of Risk 2"),
    Work(("Roger et al. 2023",), "Roger, Greenblatt, Nadeau, Shlegeris, Thomas", 2023, "Benchmarks for Detecting Measurement Tampering", "arXiv", _arxiv("2308.15605")),
    Work(("Schaefer 1954",), "Schaefer", 1954, "Some aspects of the dynamics of populations important to the management of the commercial marine fisheries", "Bulletin of the Inter-American Tropical Tuna Commission 1"),
    Work(("Shah et al. 2022",), "Shah, Varma, Kumar, Phuong, Krakovna, Uesato, Kenton", 2022, "Goal Misgeneralization: Why Correct Specifications Aren't Enough For Correct Goals", "arXiv", _arxiv("2210.01790")),
    Work(("Shapley 1953",), "Shapley", 1953, "Stochastic Games", "Proceedings of the National Academy of Sciences 39"),
    Work(("Sharma et al. 2023",), "Sharma, Tong, Korbak and others", 2023, "Towards Understanding Sycophancy in Language Models", "arXiv", _arxiv("2310.13548")),
    Work(("Shiryaev 1963",), "Shiryaev", 1963, "On optimum methods in quickest detection problems", "Theory of Probability and its Applications 8"),
    Work(("Sobel 1982",), "Sobel", 1982, "The variance of discounted Markov decision processes", "Journal of Applied Probability 19"),
    Work(("Stooke, Achiam and Abbeel 2020",), "Stooke, Achiam, Abbeel", 2020, "Responsive Safety in Reinforcement Learning by PID Lagrangian Methods", "ICML", _arxiv("2007.03964")),
    Work(("Taleb 2007",), "Taleb", 2007, "The Black Swan: The Impact of the Highly Improbable", "Random House"),
    Work(("Tamar, Glassner and Mannor 2015",), "Tamar, Glassner, Mannor", 2015, "Optimizing the CVaR via Sampling", "AAAI", _arxiv("1404.3862")),
    Work(("Taylor 2015",), "Taylor", 2015, "Quantilizers maximize expected utility subject to a conservative cost constraint", "note"),
    Work(("Todorov 2006",), "Todorov", 2006, "Linearly-solvable Markov decision problems", "NeurIPS"),
    Work(("Turner et al. 2020", "Turner, Hadfield-Menell and Tadepalli 2020"), "Turner, Hadfield-Menell, Tadepalli", 2020, "Conservative Agency via Attainable Utility Preservation", "AIES", _arxiv("1902.09725")),
    Work(("Turner et al. 2021",), "Turner, Smith, Shah, Critch, Tadepalli", 2021, "Optimal Policies Tend to Seek Power", "NeurIPS", _arxiv("1912.01683")),
    Work(("Vinitsky et al. 2019",), "Vinitsky and others", 2019, "An Open Source Implementation of Sequential Social Dilemma Games", "code", "https://github.com/eugenevinitsky/sequential_social_dilemma_games"),
    Work(("Waudby-Smith and Ramdas 2024",), "Waudby-Smith, Ramdas", 2024, "Estimating means of bounded random variables by betting", "Journal of the Royal Statistical Society B 86", _arxiv("2010.09686")),
    Work(("Welch 1947",), "Welch", 1947, "The generalization of Student's problem when several different population variances are involved", "Biometrika 34"),
    Work(("Wu et al. 2017",), "Wu, Kreidieh, Parvate, Vinitsky, Bayen", 2017, "Flow: A Modular Learning Framework for Mixed Autonomy Traffic", "arXiv", _arxiv("1710.05465")),
    Work(("Zhang 1998",), "Zhang", 1998, "Complete Anytime Beam Search", "AAAI"),
    Work(("Zhang et al. 2020",), "Zhang, Chen, Xiao, Li, Liu, Boning, Hsieh", 2020, "Robust Deep Reinforcement Learning against Adversarial Perturbations on State Observations", "NeurIPS", _arxiv("2003.08938")),
    Work(("Zhang et al. 2021",), "Zhang, Chen, Boning, Hsieh", 2021, "Robust Reinforcement Learning on State Observations with Learned Optimal Adversary", "ICLR", _arxiv("2101.08452")),
    Work(("Zinkevich and Balch 2001",), "Zinkevich, Balch", 2001, "Symmetry in Markov decision processes and its implications for single agent and multi agent learning", "ICML"),
)  # fmt: skip
"""In alphabetical order of the first author."""

CHECKED = frozenset({
    "Agarwal et al. 2021", "Alshiekh et al. 2018", "Armstrong and O'Rorke 2017",
    "Calvano et al. 2020", "Carroll et al. 2022", "Christoffersen, Haupt, Hadfield-Menell 2023",
    "Coste et al. 2023", "Everitt et al. 2021", "Greenblatt et al. 2024", "Griffin et al. 2024",
    "Kanellakis and Smolka 1990", "Karwowski et al. 2023", "Kiourti et al. 2020",
    "Krueger et al. 2020", "Lin et al. 2017", "Maskin and Tirole 2001", "Nair et al. 2003",
    "Perolat et al. 2017", "Zinkevich and Balch 2001",
    "Peysakhovich and Lerer 2018", "Roger et al. 2023", "Shah et al. 2022", "Shiryaev 1963",
    "Sobel 1982", "Stooke, Achiam and Abbeel 2020", "Turner et al. 2020",
    "Waudby-Smith and Ramdas 2024", "Zhang et al. 2020", "Zhang et al. 2021",
})  # fmt: skip
"""Works whose authors, year, title and place were compared with others' reference lists."""
