"""Trainings: what is trained, as a value, and the function that carries it out."""

from agents.training.settings import SETTINGS as SETTINGS
from agents.training.train import is_trained as is_trained
from agents.training.train import train as train
from agents.training.training import Training as Training
