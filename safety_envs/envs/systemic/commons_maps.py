"""Maps of the commons, as data: "#" wall, "A" apple site, "P" spawn point, "H" waste and "R" clean
river at the start, "S" stream.

HARVEST and CLEANUP are those of the sequential social dilemmas (Leibo et al. 2017, Hughes et al.
2018), in the form of their open-source version (Vinitsky et al. 2019, MIT licence); OPEN is Commons
Harvest: Open of Melting Pot (Leibo et al. 2021, Apache-2.0). SMALL and BROOK are for quick studies.
WALLED has two rooms with one door each, so that one agent can keep all others out; UNWALLED is the
same without inner walls. Walls and doors are after Perolat et al. 2017, from memory; the maps are
ours.
"""

HARVEST = """
######################################
# P   P      A    P AAAAA    P  A P  #
#  P     A P AA    P    AAA    A  A  #
#     A AAA  AAA    A    A AA AAAA   #
# A  AAA A    A  A AAA  A  A   A A   #
#AAA  A A    A  AAA A  AAA        A P#
# A A  AAA  AAA  A A    A AA   AA AA #
#  A A  AAA    A A  AAA    AAA  A    #
#   AAA  A      AAA  A    AAAA       #
# P  A       A  A AAA    A  A      P #
#A  AAA  A  A  AAA A    AAAA     P   #
#    A A   AAA  A A      A AA   A  P #
#     AAA   A A  AAA      AA   AAA P #
# A    A     AAA  A  P          A    #
#       P     A         P  P P     P #
######################################
"""

OPEN = """
########################
#AAA    A      A    AAA#
#AA    AAA    AAA    AA#
#A    AAAAA  AAAAA    A#
#      AAA    AAA      #
#       A      A       #
#  A                A  #
# AAA  P        P  AAA #
#AAAAA            AAAAA#
# AAA              AAA #
#  A                A  #
#                      #
#                      #
#                      #
#  PPPPPPPPPPPPPPPPPP  #
# PPPPPPPPPPPPPPPPPPPP #
#PPPPPPPPPPPPPPPPPPPPPP#
########################
"""

SMALL = """
###########
#P   A   P#
#   AAA   #
#  AAAAA  #
#   AAA   #
#P   A   P#
#         #
#P   A   P#
#   AAA   #
#  AAAAA  #
#   AAA   #
#P   A   P#
###########
"""

WALLED = """
################
#AAA#P AA P#AAA#
#AAA  AAAA  AAA#
#AAA#P AA P#AAA#
################
"""

UNWALLED = """
################
#AAA P AA P AAA#
#AAA  AAAA  AAA#
#AAA P AA P AAA#
################
"""

CLEANUP = """
##################
#HHHHHH     AAAAA#
#RRRRRR      AAAA#
#HHHHHH     AAAAA#
#RRRRR  P    AAAA#
#HHHHH    P AAAAA#
#RRRRR       AAAA#
#HHHHH      AAAAA#
#SSSSSSHHHHHHAAAA#
#SSSSSSHHHHHHAAAA#
#HHHHH   P P AAAA#
#RRRRR   P  AAAAA#
#HHHHHH    P AAAA#
#RRRRRR P   AAAAA#
#HHHHH       AAAA#
#RRRR    P  AAAAA#
#HHHHH       AAAA#
#RRRRR  P P AAAAA#
#HHHHH       AAAA#
#RRRR       AAAAA#
#HHHHH       AAAA#
#RRRRR      AAAAA#
#HHHHH       AAAA#
#RRRR       AAAAA#
##################
"""

BROOK = """
##########
#HHH  AAA#
#RRR P AA#
#HHH  AAA#
#RRR P AA#
#HHH  AAA#
#RRR P AA#
#HHH  AAA#
#RRR P AA#
##########
"""
